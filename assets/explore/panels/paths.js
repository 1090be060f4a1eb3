// What is asked after what.

import { h, replace, svg } from "../../dashboard/dom.js";
import { words } from "../../dashboard/i18n.js";
import { openSessions } from "../../dashboard/open.js";
import { Panel } from "../../dashboard/panel.js";
import { flowOf, outline } from "../flow.js";
import { say } from "../say.js";

/** Where there is less room, less is followed. Pixels. */
const NARROW = 640;
const BAR = 10;
const HEIGHT = 400;
/** Of a letter, about. */
const LETTER = 6.4;
/** Height of a name. */
const LINE = 13;

/** @typedef {Paths} Data */

/** @param {() => void} again */
export function pathsPanel(again) {
  const body = h("div", { class: "flow" });
  /** @type {Paths | null} */
  let shown = null;
  let width = 0;
  const redraw = () => {
    if (!shown || body.clientWidth === 0) return;
    width = body.clientWidth;
    replace(body, heads(shown), flow(shown, width));
  };
  new ResizeObserver(() => {
    if (Math.abs(body.clientWidth - width) > 1) redraw();
  }).observe(body);
  /** @type {import("../../dashboard/panel.js").Spec<Paths>} */
  const spec = {
    id: "paths",
    heading: () => say().pathsHeading,
    help: () => say().pathsHelp,
    load: (round) => round.now("paths", shape()),
    body,
    isEmpty: (data) => data.sessions === 0,
    draw: (data) => {
      shown = data;
      redraw();
    },
    table: (data) => ({
      name: "paths",
      head: [say().step, words().intent, say().after, words().sessionsHeading],
      keys: ["step", "from", "to", "sessions"],
      rows: data.links.map((link) => [link.step, link.from, link.to, link.sessions]),
    }),
    notes: (data) => [
      data.sessions > 0 && say().pathsCounted(say().sessions(data.sessions)),
      data.truncated && words().truncated,
    ],
  };
  return new Panel(spec, again);
}

/** How much is asked for. */
function shape() {
  return matchMedia(`(max-width: ${NARROW}px)`).matches ? { steps: "3", names: "5" } : { steps: "5", names: "8" };
}

/** @param {Paths} paths */
function stepsShown(paths) {
  return Math.max(2, ...paths.nodes.map((node) => node.step));
}

/** @param {Paths} paths */
function heads(paths) {
  const names = Array.from({ length: stepsShown(paths) }, (_, place) => h("span", null, say().pathStep(place + 1)));
  return h("div", { class: "flow-heads", "aria-hidden": "true" }, names);
}

/** @param {string} name */
function shownAs(name) {
  if (name === "(other)") return say().pathOther;
  return name === "(end)" ? words().pathEnd : name;
}

/** @param {Paths} paths @param {number} width */
function flow(paths, width) {
  const { bars, bands } = flowOf(paths, { width, height: HEIGHT, bar: BAR });
  const room = (width - BAR) / (stepsShown(paths) - 1) - BAR - 8;
  const unnamed = crowded(bars, stepsShown(paths), room);
  // Step by step, as the keyboard goes through it.
  const parts = Array.from({ length: stepsShown(paths) }, (_, place) => [
    ...bands.filter((one) => one.step === place + 1).map(band),
    ...bars.filter((one) => one.step === place + 1).map((one) => node(one, width, unnamed.has(one) ? 0 : room)),
  ]).flat();
  // One stop for the keyboard in all; arrow keys go on from there.
  parts.find((part) => part.matches(".bar-of-flow.is-open"))?.setAttribute("tabindex", "0");
  return svg(
    "svg",
    {
      class: "flow-picture",
      width,
      height: HEIGHT + 16,
      viewBox: `0 -8 ${width} ${HEIGHT + 16}`,
      role: "group",
      "aria-label": say().pathsHeading,
    },
    ...parts,
  );
}

/**
 * Names stand to the right of their bars, those of the last ones to the left: where two would run into each other, that of more
 * sessions stays.
 * @param {import("../flow.js").Bar[]} bars @param {number} last @param {number} room for a name, pixels
 */
function crowded(bars, last, room) {
  const wide = (/** @type {import("../flow.js").Bar} */ bar) => shownAs(bar.name).length * LETTER;
  const middle = (/** @type {import("../flow.js").Bar} */ bar) => bar.y + bar.height / 2;
  /** @type {Set<import("../flow.js").Bar>} */
  const unnamed = new Set();
  for (const one of bars.filter(({ step }) => step === last - 1))
    for (const other of bars.filter(({ step }) => step === last))
      if (Math.abs(middle(one) - middle(other)) < LINE && wide(one) + wide(other) > room)
        unnamed.add(one.sessions < other.sessions ? one : other);
  return unnamed;
}

/** What can be clicked, and reached with the keyboard. @param {string} label @param {string} key @param {() => void} open */
function clickable(label, key, open) {
  const on = {
    click: open,
    keydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        open();
      } else move(event);
    },
  };
  return { role: "button", tabindex: "-1", "aria-label": label, "data-key": key, on };
}

/** @param {KeyboardEvent} event */
function move(event) {
  const step = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const from = /** @type {SVGElement} */ (event.currentTarget);
  const all = [...(from.parentNode?.querySelectorAll(".is-open") ?? [])];
  const to = all[all.indexOf(from) + step];
  if (!(to instanceof SVGElement)) return;
  from.setAttribute("tabindex", "-1");
  to.setAttribute("tabindex", "0");
  to.focus();
}

/** @param {Record<string, string>} params */
function openPlace(params) {
  openSessions({ by: "path", place: new URLSearchParams(params).toString() });
}

/** @param {import("../flow.js").Band} band */
function band(band) {
  const { step, from, to, sessions } = band;
  const label = say().pathLink(shownAs(from), shownAs(to), say().sessions(sessions));
  const shape = svg("path", { d: outline(band) });
  const title = svg("title", {});
  title.textContent = label;
  // Those of many names are not told apart.
  const isOne = from !== "(other)" && to !== "(other)";
  const open = () => openPlace({ path_step: String(step), intent: from, next: to });
  const role = isOne ? clickable(label, `band ${step} ${from} ${to}`, open) : { role: "img", "aria-label": label };
  return svg("g", { class: `band ${to === "(end)" ? "is-end" : ""} ${isOne ? "is-open" : ""}`, ...role }, title, shape);
}

/** @param {import("../flow.js").Bar} bar @param {number} width @param {number} room for a name, pixels */
function node(bar, width, room) {
  const { step, name, sessions, x, y, height } = bar;
  const label = say().pathNode(step, shownAs(name), say().sessions(sessions));
  const isOne = name !== "(other)" && name !== "(end)";
  const title = svg("title", {});
  title.textContent = label;
  const isLast = x + BAR >= width - 1;
  const text = svg("text", {
    x: isLast ? x - 6 : x + BAR + 6,
    y: y + height / 2,
    "text-anchor": isLast ? "end" : "start",
  });
  const letters = Math.max(3, Math.floor(room / LETTER));
  const whole = shownAs(name);
  text.textContent = height < 9 || room === 0 ? "" : whole.length > letters ? `${whole.slice(0, letters - 1)}…` : whole;
  const open = () => openPlace({ path_step: String(step), intent: name });
  const role = isOne ? clickable(label, `bar ${step} ${name}`, open) : { role: "img", "aria-label": label };
  const kind = name === "(end)" ? "is-end" : name === "(other)" ? "is-other" : "is-open";
  return svg(
    "g",
    { class: `bar-of-flow ${kind}`, ...role },
    title,
    svg("rect", { x, y, width: BAR, height, rx: 2 }),
    text,
  );
}
