// What a rule would have said: its values over the last months, and when it would have fired.

import { send } from "../dashboard/account.js";
import { Chart } from "../dashboard/charts.js";
import { h, replace } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { initial, write } from "../dashboard/state.js";
import { refusal } from "../access/refusal.js";
import { METRICS, shower } from "./metrics.js";
import { say } from "./say.js";

/** Listed at once. */
const LISTED = 8;

export class Trial {
  #chart = new Chart("trial-chart");
  #turn = 0;
  #legend = h("div", { class: "legend" });
  #verdict = h("p", { class: "trial-verdict", role: "status" });
  #firings = h("ul", { class: "trial-firings" });
  #note = h("p", { class: "trial-note" });

  constructor() {
    this.#chart.element.hidden = true;
    this.element = h(
      "section",
      { class: "trial", "aria-label": say().backtest },
      h("h3", null, say().backtest),
      this.#verdict,
      this.#chart.element,
      this.#legend,
      this.#firings,
      this.#note,
    );
  }

  /** Tries a rule on the past. @param {AlertRule | null} rule nothing where it is not whole yet */
  async show(rule) {
    const mine = ++this.#turn;
    if (!rule) return this.#say(say().backtestLater);
    if (METRICS[rule.metric].span === "now") return this.#say(say().backtestNever);
    this.element.setAttribute("aria-busy", "true");
    try {
      /** @type {Backtest} */
      const answer = await send("POST", "alerts/backtest", { ...rule, channels: [] });
      if (mine === this.#turn) this.#draw(rule, answer);
    } catch (error) {
      if (mine === this.#turn) this.#say(refusal(error).text);
    }
    if (mine === this.#turn) this.element.setAttribute("aria-busy", "false");
  }

  /** @param {string} text instead of a plot */
  #say(text) {
    this.#verdict.textContent = text;
    this.#chart.element.hidden = true;
    this.element.setAttribute("aria-busy", "false");
    replace(this.#legend);
    replace(this.#firings);
    this.#note.textContent = "";
  }

  /** @param {AlertRule} rule @param {Backtest} answer */
  #draw(rule, { points, threshold, firings }) {
    if (points.length === 0) return this.#say(say().backtestEmpty);
    const isCounted = rule.condition === "no_data" || points.some(({ value }) => value !== null);
    if (!isCounted) return this.#say(rule.min_count ? say().backtestTooFew(rule.min_count) : say().backtestEmpty);
    this.#verdict.textContent = say().wouldHave(firings.length);
    const show = shower(rule.metric, rule.condition);
    const bar = limit(rule.condition, threshold);
    const values = points.map(({ value }) => value);
    const fires = points.map(({ phase, value }) => (phase === "firing" ? value : null));
    const hourly = METRICS[rule.metric].span === "hours";
    // Of whole windows the live rule says the same.
    this.#note.textContent = rule.condition === "above" ? say().backtestGoesOn[hourly ? "hours" : "days"] : "";
    const title = (/** @type {BacktestPoint} */ { time, to }) => (hourly ? format.moment(time) : format.dayInTable(to));
    /** @type {import("../dashboard/charts.js").Series[]} */
    const series = [{ name: say().metrics[rule.metric], values, colour: "accent" }];
    series.push({ name: say().fires, values: fires, colour: "negative", kind: "bar", marks: true });
    if (bar !== null) {
      series.push({ name: say().threshold, values: points.map(() => bar), colour: "text", quiet: true, front: true });
    }
    const least = Math.min(0, bar ?? 0, ...values.map((value) => value ?? 0));
    this.#chart.element.hidden = false;
    this.#chart.show({
      label: say().backtestOf(rule.name),
      titles: points.map(title),
      ticks: points.map(({ time, to }) => (hourly ? hourTick(time) : format.dayShort(to))),
      series,
      format: show,
      axis: show,
      min: least,
    });
    replace(
      this.#legend,
      series.map(({ name, colour, kind }) =>
        h(
          "span",
          { class: "legend-item" },
          h("span", { class: `mark ${kind === "bar" ? "" : "line"}`, style: { background: `var(--${colour})` } }),
          name,
        ),
      ),
    );
    const shown = firings.slice(-LISTED).toReversed();
    replace(
      this.#firings,
      shown.map((firing) => firingRow(firing)),
      firings.length > shown.length
        ? h("li", { class: "quiet" }, say().andBefore(firings.length - shown.length))
        : null,
    );
  }
}

/** Where the line is that must not be crossed. @param {AlertCondition} condition @param {number | null} threshold */
function limit(condition, threshold) {
  if (threshold === null) return null;
  return condition === "falls_by" ? -threshold : threshold;
}

/** A day's name at its midnight, and nothing at its other hours. @param {string} time */
function hourTick(time) {
  return format.hourOf(Date.parse(time)) === 0 ? format.dayShort(format.dayOf(time)) : "";
}

/** @param {BacktestFiring} firing */
function firingRow({ fired_at, resolved_at, sessions }) {
  const from = format.moment(fired_at);
  const text = resolved_at ? say().firedUntil(from, format.moment(resolved_at)) : say().firedStill(from);
  const link = sessions ? h("a", { href: sessionsPage(sessions), target: "_blank" }, say().sessionsBehind) : null;
  return h("li", null, text, link ? " · " : null, link);
}

/** The page that lists what the API's parameters ask for. @param {Record<string, string>} params */
function sessionsPage({ bot = "default", from = "", to = "", ...filters }) {
  return `/dashboard.html${write({ ...initial(), range: "custom", from, to, bot, sheet: "sessions", filters })}`;
}
