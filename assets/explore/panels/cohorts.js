// Who comes again: a row for each period in which people first came, a column for each period after it.

import { h, replace } from "../../dashboard/dom.js";
import { format } from "../../dashboard/format.js";
import { Panel } from "../../dashboard/panel.js";
import { daysBetween } from "../../dashboard/ranges.js";
import { go, state } from "../../dashboard/state.js";
import { level } from "../../dashboard/week.js";
import { choice } from "../choice.js";
import { say } from "../say.js";

/** As many as the server tells of. */
const PERIODS_MAX = 100;
/** Days that a period surely has; its ends may lie in two more. */
const LENGTHS = { day: 1, week: 7, month: 28 };

/** @typedef {keyof typeof LENGTHS} Period */
/** @typedef {{ cohorts: Cohorts, chosen: Period, today: string }} Data */

/** The period that was chosen. @returns {Period} */
export function period() {
  const { period: chosen } = state();
  return chosen in LENGTHS ? /** @type {Period} */ (chosen) : "week";
}

/** The same, or a longer one where there would be too many of them. @param {number} days @returns {Period} */
function periodFor(days) {
  const order = /** @type {Period[]} */ (Object.keys(LENGTHS));
  const fits = (/** @type {Period} */ name) => days / LENGTHS[name] + (name === "day" ? 0 : 2) <= PERIODS_MAX;
  return order.slice(order.indexOf(period())).find(fits) ?? "month";
}

/** What the server is asked for. @param {import("../../dashboard/api.js").Round} round */
export function cohortsAsked(round) {
  return { by: periodFor(daysBetween(round.range.from, round.range.to)) };
}

/** @param {() => void} again */
export function cohortsPanel(again) {
  const body = h("div", { class: "stack" });
  const periods = choice({
    id: "cohorts-period",
    label: () => say().period,
    options: () => Object.entries(say().periods).map(([value, text]) => ({ value, text })),
    chosen: period,
    choose: (chosen) => go({ period: chosen }),
  });
  /** @type {import("../../dashboard/panel.js").Spec<Data>} */
  const spec = {
    id: "cohorts",
    heading: () => say().cohortsHeading,
    help: () => say().cohortsHelp,
    load: async (round) => ({
      cohorts: await round.now("cohorts", cohortsAsked(round)),
      chosen: period(),
      today: round.range.unfinished ? round.range.to : "",
    }),
    about: period,
    controls: h("div", { class: "choices" }, periods.element),
    choose: periods.draw,
    body,
    isEmpty: ({ cohorts }) => cohorts.cohorts.every((cohort) => cohort.users === 0),
    draw: (data) =>
      replace(
        body,
        h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": say().cohortsHeading }, grid(data)),
      ),
    table: ({ cohorts: { by, cohorts } }) => ({
      name: `cohorts-${by}`,
      head: [say().firstCame, say().people, ...laterOf(cohorts.length, by)],
      keys: ["first_came", "users", ...cohorts.slice(1).map((_, place) => `${by}_${place + 1}`)],
      rows: cohorts.map((cohort) => {
        const rest = Array.from({ length: cohorts.length - 1 - cohort.returned.length }, () => null);
        return [cohort.start, cohort.users, ...cohort.returned, ...rest];
      }),
    }),
    notes: ({ cohorts: { by }, chosen, today }) => [
      by !== chosen && say().tooMany(PERIODS_MAX),
      today !== "" && say().goesOn,
    ],
  };
  return new Panel(spec, again);
}

/** The names of the periods after the first. @param {number} count @param {string} by */
function laterOf(count, by) {
  const name = say().later[/** @type {Period} */ (by)];
  return Array.from({ length: Math.max(0, count - 1) }, (_, place) => name(place + 1));
}

/** @param {string} start @param {string} by */
function periodName(start, by) {
  // A month of which the bot has let go of the beginning is told by its first day.
  if (by === "month" && (start === "" || start.endsWith("-01"))) return format.month(start);
  return by === "week" ? say().weekOf(format.dayShort(start)) : format.dayShort(start);
}

/** @param {Data} data */
function grid({ cohorts: { by, cohorts }, today }) {
  const head = h(
    "tr",
    null,
    h("th", { scope: "col" }, say().firstCame),
    h("th", { scope: "col", class: "number" }, say().people),
    laterOf(cohorts.length, by).map((name) => h("th", { scope: "col", class: "number" }, name)),
  );
  // What is warm is so by the table's own measure: few come again anywhere.
  const highest = Math.max(1, ...cohorts.flatMap((cohort) => cohort.returned_percent));
  const rows = cohorts.map((cohort, row) => {
    const cells = cohort.returned.map((count, place) => {
      const at = cohorts[row + 1 + place]?.start ?? "";
      const isLast = row + 1 + place === cohorts.length - 1;
      return cell(
        cohort,
        count,
        cohort.returned_percent[place] ?? 0,
        highest,
        periodName(at, by),
        isLast && today !== "",
      );
    });
    return h(
      "tr",
      null,
      h("th", { scope: "row" }, periodName(cohort.start, by)),
      h("td", { class: "number" }, format.number(cohort.users)),
      cells,
    );
  });
  return h(
    "table",
    { class: "cohorts" },
    h("caption", { class: "visually-hidden" }, say().cohortsHelp),
    h("thead", null, head),
    h("tbody", null, rows),
  );
}

/**
 * @param {Cohorts["cohorts"][number]} cohort @param {number} count @param {number} percent @param {number} highest
 * @param {string} when @param {boolean} goesOn
 */
function cell(cohort, count, percent, highest, when, goesOn) {
  if (cohort.users === 0) return h("td", { class: "cohort" });
  const text = format.percent(percent);
  const title = say().cohortCell(text, format.number(count), format.number(cohort.users), when);
  return h("td", { class: `cohort number level-${level(percent, highest)} ${goesOn ? "goes-on" : ""}`, title }, text);
}
