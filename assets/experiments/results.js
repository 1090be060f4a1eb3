// What an experiment has shown so far: each variant with its interval, how sure that is, and how it came to be.

import { get } from "../dashboard/api.js";
import { Chart } from "../dashboard/charts.js";
import { h, icon, replace } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { dialog } from "../access/dialog.js";
import { refusal } from "../access/refusal.js";
import { badge } from "../access/rows.js";
import { selectField } from "../alerts/fields.js";
import { isAsked, leave } from "./address.js";
import { say } from "./say.js";
import { drawn, whole } from "./intervals.js";
import { chance, differenceShower, shower, signed } from "./values.js";

/** @type {Record<ExperimentVerdict, "" | "good" | "bad" | "strong">} */
const TONES = { control: "", better: "good", worse: "bad", open: "" };
/** So likely the best that one asks why the verdict leaves it open. */
const NEARLY_SURE_PERCENT = 99;
/** Colours of the variants' lines, the control's first. */
const COLOURS = ["previous", "accent", "negative", "positive", "good", "bad", "neutral", "edge"];

/** @param {Experiment} experiment */
export function resultsDialog(experiment) {
  const box = dialog(say().resultsOf(experiment.name), (_close, cancel) => {
    const results = new Results(experiment);
    void results.load();
    cancel.textContent = say().close;
    return [results.element, h("div", { class: "form-actions" }, cancel)];
  });
  box.classList.add("wide", "results-box");
  box.addEventListener("close", () => {
    if (isAsked(experiment.name)) leave();
  });
}

/** What was decided, by which whoever comes later knows these figures. @param {Experiment} experiment */
function decided({ decision, decided_by, stopped_at }) {
  if (!decision) return null;
  const { winner, reason } = decision;
  return h(
    "div",
    { class: "results-decision" },
    h("p", null, h("b", null, winner ? say().decidedFor(winner) : say().decidedForNone)),
    h("p", null, reason),
    stopped_at ? h("p", { class: "quiet" }, say().decidedAt(format.momentLong(stopped_at), decided_by)) : null,
  );
}

class Results {
  #chart = new Chart("over-time");
  #turn = 0;
  #head = h("div", { class: "results-head" });
  #metrics = h("div", { class: "results-metrics" });
  #hint = h("p", { class: "hint" });
  #legend = h("div", { class: "legend" });
  #slices = h("div", { class: "results-metrics" });

  /** @param {Experiment} experiment */
  constructor(experiment) {
    this.experiment = experiment;
    this.by = selectField({
      name: "by",
      label: say().by,
      options: [
        { value: "device", label: say().device },
        { value: "language", label: say().language },
      ],
      chosen: "device",
      changed: () => void this.load(),
    });
    this.body = h(
      "div",
      { class: "results-body", hidden: true },
      this.#metrics,
      h("h3", null, say().overTime),
      this.#hint,
      this.#chart.element,
      this.#legend,
      h("div", { class: "results-by" }, this.by.element),
      this.#slices,
    );
    this.element = h("section", { class: "results", "aria-busy": "true" }, decided(experiment), this.#head, this.body);
  }

  async load() {
    const mine = ++this.#turn;
    this.element.setAttribute("aria-busy", "true");
    try {
      const path = `experiments/${encodeURIComponent(this.experiment.name)}/results`;
      /** @type {ExperimentFound} */
      const found = await get(path, { by: this.by.value() });
      if (mine === this.#turn) this.#draw(found);
    } catch (error) {
      if (mine === this.#turn)
        replace(this.#head, h("p", { class: "form-message", role: "alert" }, refusal(error).text));
    }
    if (mine === this.#turn) this.element.setAttribute("aria-busy", "false");
  }

  /** @param {ExperimentFound} found */
  #draw(found) {
    const { units, planned_units } = found;
    const unit = this.experiment.unit;
    replace(
      this.#head,
      h("p", { class: "results-verdict", role: "status" }, this.#verdict(found)),
      h(
        "p",
        { class: "quiet" },
        planned_units ? say().unitsOf[unit](units, format.number(planned_units)) : say().unitsCounted[unit](units),
      ),
      found.warnings.map(({ code }) =>
        h(
          "p",
          { class: `results-warning ${code === "sample_ratio" ? "bad" : ""}` },
          icon("warning"),
          say().warnings[code](found),
        ),
      ),
    );
    replace(
      this.#metrics,
      found.metrics.map((metric) => table(metric, say().metrics[metric.metric])),
    );
    this.#overTime(found);
    const metric = found.metrics[0];
    replace(
      this.#slices,
      metric
        ? (found.slices ?? []).map((slice) =>
            table({ ...metric, variants: slice.variants }, sliceName(slice.value), true),
          )
        : [],
    );
    this.body.hidden = false;
  }

  /** @param {ExperimentFound} found */
  #verdict({ metrics, sample_ratio }) {
    const primary = metrics.find((metric) => metric.is_primary);
    if (!sample_ratio.is_well) return say().broken;
    const better = primary?.variants.filter((variant) => variant.verdict === "better") ?? [];
    const worse = metrics.filter(
      (one) => !one.is_primary && one.variants.some((variant) => variant.verdict === "worse"),
    );
    if (better.length === 0) {
      const isWorse = primary?.variants.some((variant) => variant.verdict === "worse");
      return isWorse ? say().controlWins : say().nothingSure;
    }
    const names = better.map((variant) => variant.variant).join(", ");
    return worse.length > 0
      ? say().betterBut(names, worse.map((one) => say().metrics[one.metric]).join(", "))
      : say().isBetter(names);
  }

  /** @param {ExperimentFound} found */
  #overTime({ over_time, metrics }) {
    const metric = metrics[0];
    if (!metric) return;
    const show = shower(metric.metric);
    const names = metric.variants.map((variant) => variant.variant);
    /** @param {number} place @param {"value" | "low" | "high"} what */
    const values = (place, what) => over_time.map((day) => day.variants[place]?.mean?.[what] ?? null);
    // Of one day there is no line to draw.
    const kind = /** @type {"line" | "bar"} */ (over_time.length > 1 ? "line" : "bar");
    const lines = names.map((name, place) => ({
      kind,
      name,
      values: values(place, "value"),
      colour: COLOURS[place] ?? "edge",
    }));
    // Of more than two, the bounds of all would hide them all.
    const bounds =
      names.length > 2 || kind === "bar"
        ? []
        : names.flatMap((name, place) =>
            /** @type {const} */ (["low", "high"]).map((what) => ({
              name: what === "low" ? say().atLeast(name) : say().atMost(name),
              values: values(place, what),
              colour: COLOURS[place] ?? "edge",
              quiet: true,
              thin: true,
            })),
          );
    this.#hint.textContent = bounds.length > 0 ? say().overTimeHint : say().overTimeMeans;
    this.#chart.show({
      label: say().overTimeOf(say().metrics[metric.metric]),
      titles: over_time.map((day) => format.dayInTable(day.date)),
      ticks: over_time.map((day) => format.dayShort(day.date)),
      series: [...lines, ...bounds],
      format: show,
      axis: show,
    });
    replace(
      this.#legend,
      lines.map(({ name, colour }) =>
        h(
          "span",
          { class: "legend-item" },
          h("span", { class: `mark ${kind}`, style: { background: `var(--${colour})` } }),
          name,
        ),
      ),
      bounds.length > 0 ? [key("line", say().mean), key("line thin", say().bounds)] : null,
    );
  }
}

/** What a kind of line is, whatever its colour. @param {string} kind @param {string} text */
function key(kind, text) {
  return h("span", { class: "legend-item" }, h("span", { class: `mark ${kind}` }), text);
}

/** @param {string | null} value */
function sliceName(value) {
  if (value === null) return say().notKnown;
  return /** @type {Record<string, string>} */ (say().devices)[value] ?? value;
}

/** @param {MetricFound} metric @param {string} name @param {boolean} [small] */
function table(metric, name, small) {
  const scale = whole(metric.variants);
  const role = small
    ? null
    : badge(metric.is_primary ? say().primary : say().guardrail, metric.is_primary ? "strong" : "");
  return h(
    "div",
    { class: "metric" },
    h("h3", null, name, " ", role),
    h(
      "div",
      { class: "metric-scroll" },
      h(
        "table",
        { class: "metric-table" },
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            columns().map((text) => h("th", { scope: "col" }, text)),
          ),
        ),
        h(
          "tbody",
          null,
          metric.variants.map((variant) => variantRow(variant, metric, scale)),
        ),
      ),
    ),
    isLeadOpen(metric.variants) ? h("p", { class: "hint" }, say().whyOpen) : null,
    metric.variants.some(isLiftUnknown) ? h("p", { class: "hint" }, say().whyDifference) : null,
  );
}

/** Whether one is best by all appearances, and its verdict is that no one is sure. @param {VariantFound[]} variants */
function isLeadOpen(variants) {
  const first = variants.find(({ best_percent }) => (best_percent ?? 0) > NEARLY_SURE_PERCENT);
  if (first?.verdict === "control") return variants.some(({ verdict }) => verdict === "open");
  return first?.verdict === "open";
}

/** The control may have too little to be measured by, while how far apart the two are is known. @param {VariantFound} variant */
function isLiftUnknown({ lift_percent, difference, verdict }) {
  return lift_percent === null && difference !== null && verdict !== "control";
}

/** @param {VariantFound} found @param {MetricFound} metric @param {import("./intervals.js").Scale | null} scale */
function variantRow(found, { metric, direction }, scale) {
  const { variant, units, mean, lift_percent, difference, best_percent, verdict } = found;
  const show = shower(metric);
  const apart = isLiftUnknown(found) ? difference : null;
  const differs = differenceShower(metric);
  const cells = [
    format.number(units),
    mean ? [show(mean.value), " ", h("span", { class: "quiet" }, `${show(mean.low)} – ${show(mean.high)}`)] : "–",
    lift_percent ? signed(lift_percent.value) : apart ? differs(apart.value) : "–",
    lift_percent && scale
      ? [drawn(lift_percent, scale, direction), reach(lift_percent, signed)]
      : apart
        ? reach(apart, differs)
        : "–",
    best_percent === null ? "–" : chance(best_percent),
    badge(say().verdicts[verdict], TONES[verdict]),
  ];
  const names = columns().slice(1);
  return h(
    "tr",
    { "data-variant": variant },
    h("th", { scope: "row" }, variant),
    cells.map((cell, place) => h("td", { "data-label": names[place] }, h("div", null, cell))),
  );
}

/** @param {Estimated} interval @param {(value: number) => string} write */
function reach({ low, high }, write) {
  return h("span", { class: "interval-reach" }, say().fromTo(write(low), write(high)));
}

function columns() {
  return [say().variant, say().counted, say().mean, say().liftFound, say().interval, say().best, say().verdict];
}
