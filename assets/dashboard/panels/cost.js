// What it costs, and whether the month's budget will do. Without a budget that someone has set there is none to compare with.

import { Chart } from "../charts.js";
import { h, icon, replace } from "../dom.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { Panel } from "../panel.js";
import { openSessions } from "../open.js";
import { asFilter, spansOf, sums, ticks, titles } from "../spans.js";

/** @typedef {{ days: DayFigures[], budget: Budget, set: boolean, unfinished: boolean }} Data */

const KEPT = "novahouse.budget";

/** The budget set for a bot, dollars; empty where none is. @param {string} bot */
export function budgetOf(bot) {
  return localStorage.getItem(`${KEPT}.${bot}`) ?? "";
}

/** @param {() => void} again */
export function costPanel(again) {
  const chart = new Chart();
  const caption = h("h3");
  const side = h("div", { class: "stack budget" });
  const body = h("div", { class: "split" }, h("div", { class: "stack" }, caption, chart.element), side);
  /** @type {import("../panel.js").Spec<Data>} */
  const spec = {
    id: "cost",
    heading: () => words().costHeading,
    help: () => words().costHelp,
    load: async (round) => {
      const [overview, budget] = await Promise.all([
        round.now("overview", { by_day: "true" }),
        round.legacy("budget/status", round.budget ? { budget: round.budget } : {}),
      ]);
      return { days: overview.by_day, budget, set: round.budget !== "", unfinished: round.range.unfinished };
    },
    body,
    chart,
    pick: (row, data) => {
      const day = data.days[row];
      if (day) openSessions({ by: "exchange", day: day.date });
    },
    isEmpty: (data) => data.budget.spent_usd === 0 && data.days.every((day) => day.cost_usd === 0),
    draw: (data, round) => {
      caption.textContent = words().costByDay;
      replace(side, budgetView(data, round.bot, again));
      chart.show(plot(data));
    },
    table: (data) => ({
      name: "cost",
      head: [words().day, words().figures.cost[0] ?? ""],
      keys: ["day", "cost_usd"],
      show: [format.dayInTable, format.money],
      rows: data.days.map((day) => [day.date, day.cost_usd]),
    }),
  };
  return new Panel(spec, again);
}

/** @param {Data} data @returns {import("../charts.js").Plot} */
function plot(data) {
  const spans = spansOf(data.days.map((day) => day.date));
  const values = sums(
    spans,
    data.days.map((day) => day.cost_usd),
  );
  return {
    label: `${words().costByDay}. ${words().chartHint}`,
    titles: titles(spans),
    ticks: ticks(spans, data.days.length),
    series: [{ name: words().figures.cost[0] ?? "", values, colour: "accent", kind: "bar" }],
    format: format.money,
    axis: format.money,
    unit: "USD",
    pick: (place) => openSessions({ by: "exchange", day: asFilter(spans[place]) }),
  };
}

/** @param {Data} data @param {string} bot @param {() => void} again */
function budgetView({ budget, set }, bot, again) {
  const figures = h(
    "dl",
    { class: "small-figures" },
    h("div", null, h("dt", null, words().spent), h("dd", null, format.money(budget.spent_usd))),
    h("div", null, h("dt", null, words().projected), h("dd", null, format.money(budget.projected_monthly_usd))),
    h("div", null, h("dt", null, words().dailyAverage), h("dd", null, format.money(budget.daily_avg_usd))),
  );
  const input = h("input", {
    class: "field",
    type: "number",
    min: "0.01",
    max: "1000000000",
    step: "any",
    id: "budget-input",
    inputmode: "decimal",
    value: set ? String(budget.budget_usd) : "",
  });
  const keep = () => {
    if (!input.checkValidity()) return;
    if (input.value) localStorage.setItem(`${KEPT}.${bot}`, input.value);
    else localStorage.removeItem(`${KEPT}.${bot}`);
    again();
  };
  input.addEventListener("change", keep);
  const form = h(
    "div",
    { class: "budget-form", "data-no-print": true },
    h("label", { for: "budget-input" }, `${words().budget}, USD`),
    input,
  );
  return [figures, set ? meter(budget) : h("p", { class: "quiet" }, words().setBudget), form];
}

/** @param {Budget} budget */
function meter(budget) {
  const over = budget.status !== "CRITICAL" && budget.projected_monthly_usd > budget.budget_usd;
  const status = over ? "over" : budget.status;
  const share = (/** @type {number} */ value) => `${Math.min(100, (value / budget.budget_usd) * 100)}%`;
  const text = `${words().ofBudget(format.percent(budget.usage_percent))}, ${words().daysLeft(budget.days_remaining)}`;
  return h(
    "div",
    { class: `meter-box ${status}` },
    h(
      "div",
      { class: "meter", role: "img", "aria-label": text },
      h("span", { class: "meter-projected", style: { width: share(budget.projected_monthly_usd) } }),
      h("span", { class: "meter-spent", style: { width: share(budget.spent_usd) } }),
    ),
    h(
      "p",
      null,
      status === "OK" ? null : icon("warning"),
      h("b", null, words().budgetState[status]),
      h("span", { class: "quiet" }, ` · ${text}`),
    ),
  );
}
