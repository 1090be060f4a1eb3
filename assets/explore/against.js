// Where it is chosen what figures are compared with: the days before, other days, another bot, or variants of an experiment.

import { h } from "../dashboard/dom.js";
import { words } from "../dashboard/i18n.js";
import { isSound } from "../dashboard/ranges.js";
import { go, state } from "../dashboard/state.js";
import { choice } from "./choice.js";
import { chosenVariants, otherDays } from "./compared.js";
import { say } from "./say.js";

/** What is compared with, where it has no name. */
const BEFORE = "before";
const DAYS = "days";
const BOT = "bot ";
const EXPERIMENT = "experiment ";

/** What is chosen where nothing is. */
const NOTHING = { other: "", otherFrom: "", otherTo: "", experiment: "", variant: "", otherVariant: "" };

export function against() {
  /** @type {import("./compared.js").Offered} */
  let offered = { bots: [], experiments: [] };
  /** @type {Days} */
  let shown = { from: "", to: "" };
  const variants = () => chosenVariants(offered.experiments);
  const list = choice({
    id: "compare-with",
    label: () => say().comparedWith,
    options: () => [
      { value: BEFORE, text: say().daysBefore },
      { value: DAYS, text: say().otherDays },
      ...offered.bots.filter((bot) => bot !== state().bot).map((bot) => ({ value: BOT + bot, text: say().botOf(bot) })),
      ...offered.experiments.map(({ name }) => ({ value: EXPERIMENT + name, text: say().experimentOf(name) })),
    ],
    chosen: () => {
      const compared = variants();
      if (compared) return EXPERIMENT + compared.experiment.name;
      return otherDays() ? DAYS : state().other ? BOT + state().other : BEFORE;
    },
    choose: (value) => {
      if (value.startsWith(EXPERIMENT)) go({ ...NOTHING, experiment: value.slice(EXPERIMENT.length) });
      else if (value.startsWith(BOT)) go({ ...NOTHING, other: value.slice(BOT.length) });
      // Days may be those of the bot that is compared with.
      else if (value === DAYS) go({ ...NOTHING, other: state().other, otherFrom: shown.from, otherTo: shown.to });
      else go(NOTHING);
    },
  });
  const days = dates();
  const sides = twoVariants(variants);
  return {
    element: h("div", { class: "choices" }, list.element, days.element, sides.element),
    draw: () => {
      list.draw();
      days.draw(variants() ? null : otherDays());
      sides.draw();
    },
    about: () => {
      const { other, experiment, variant, otherVariant } = state();
      return [other, otherDays(), experiment, variant, otherVariant];
    },
    /** What there is to choose from now. @param {import("./compared.js").Compared} compared */
    offer: (compared) => {
      offered = compared;
      shown = compared.sides[1].days;
    },
  };
}

/** The other days. */
function dates() {
  const dated = () => {
    const days = { from: from.value, to: to.value };
    if (isSound(days)) go({ otherFrom: days.from, otherTo: days.to });
  };
  const from = h("input", { type: "date", class: "field", on: { change: dated } });
  const to = h("input", { type: "date", class: "field", on: { change: dated } });
  const element = h("span", { class: "custom" }, from, "–", to);
  /** @param {Days | null} days */
  const draw = (days) => {
    element.hidden = !days;
    if (days) [from.value, to.value] = [days.from, days.to];
    from.setAttribute("aria-label", words().from);
    to.setAttribute("aria-label", words().to);
  };
  return { element, draw };
}

/** Which variants. @param {() => ReturnType<typeof chosenVariants>} variants */
function twoVariants(variants) {
  const one = side(variants, {
    id: "compare-variant",
    label: () => say().variant,
    here: "variant",
    there: "otherVariant",
  });
  const other = side(variants, {
    id: "compare-other-variant",
    label: () => say().otherVariant,
    here: "otherVariant",
    there: "variant",
  });
  const between = h("span", { class: "quiet" });
  const element = h("span", { class: "custom" }, one.element, between, other.element);
  const draw = () => {
    element.hidden = !variants();
    between.textContent = say().versus;
    one.draw();
    other.draw();
  };
  return { element, draw };
}

/**
 * The choice on one side. Where the same is chosen on both, the other side gets what stood here.
 * @param {() => ReturnType<typeof chosenVariants>} variants
 * @param {{ id: string, label: () => string, here: "variant" | "otherVariant", there: "variant" | "otherVariant" }} of
 */
function side(variants, { id, label, here, there }) {
  return choice({
    id,
    label,
    options: () => (variants()?.names ?? []).map((name) => ({ value: name, text: name })),
    chosen: () => variants()?.[here] ?? "",
    choose: (chosen) => {
      const before = variants();
      const swapped = before?.[there] === chosen ? before[here] : (before?.[there] ?? "");
      go({ [here]: chosen, [there]: swapped });
    },
  });
}
