// The form of an experiment.

import { h } from "../dashboard/dom.js";
import { dialog } from "../access/dialog.js";
import { textField } from "../access/fields.js";
import { Form } from "../access/form.js";
import { beside, checksField, numberField, selectField } from "../alerts/fields.js";
import { say } from "./say.js";
import { variantsField } from "./variants_field.js";

/** @type {readonly ExperimentMetric[]} */
const METRICS = [
  "lead_rate",
  "satisfaction",
  "understood",
  "resolved",
  "messages_per_session",
  "response_time_ms",
  "cost_usd",
];
/** Of each unit it is either so or not: the rate says how much units differ. */
const YES_OR_NO = ["lead_rate", "resolved"];
const SHARES = ["lead_rate", "satisfaction", "understood", "resolved"];

/** @param {string[]} bots @returns {ExperimentFields} */
export function fresh(bots) {
  return {
    name: "",
    bot: bots.includes("default") ? "default" : (bots[0] ?? "default"),
    unit: "session",
    traffic_share_ppm: 1_000_000,
    variants: [
      { name: say().asItIs, weight: 1 },
      { name: say().another, weight: 1 },
    ],
    primary: { metric: "lead_rate" },
    guardrails: [],
    plan: null,
  };
}

/**
 * @param {string} title @param {ExperimentFields} experiment @param {string[]} bots
 * @param {{ submit: string, act: (experiment: ExperimentFields) => Promise<void> }} save
 */
export function experimentDialog(title, experiment, bots, save) {
  const box = dialog(title, (close, cancel) => {
    const fields = new ExperimentForm(experiment, bots);
    const act = async () => {
      await save.act(fields.experiment());
      close();
    };
    const form = new Form({ fields: fields.all, submit: save.submit, act, cancel });
    for (const part of fields.shown) form.element.insertBefore(part, form.element.querySelector(".form-message"));
    return [form.element];
  });
  box.classList.add("wide", "experiment-box");
}

class ExperimentForm {
  /** @param {ExperimentFields} experiment @param {string[]} bots */
  constructor(experiment, bots) {
    const { name, plan } = experiment;
    const metrics = METRICS.map((value) => ({ value, label: say().metrics[value] }));
    this.name = textField({
      name: "name",
      label: say().name,
      hint: say().nameHint,
      check: (text) => (/^[^/]{1,64}$/.test(text) ? "" : say().nameWrong),
      attributes: { autocomplete: "off", value: name, disabled: name !== "" },
    });
    this.bot = selectField({
      name: "bot",
      label: say().bot,
      options: [...new Set([experiment.bot, ...bots])].map((value) => ({ value, label: value })),
      chosen: experiment.bot,
    });
    this.unit = selectField({
      name: "unit",
      label: say().unit,
      hint: say().unitHint,
      options: /** @type {const} */ (["session", "user"]).map((value) => ({ value, label: say().unitNames[value] })),
      chosen: experiment.unit,
    });
    this.share = numberField({
      name: "traffic_share_ppm",
      label: say().share,
      hint: say().shareHint,
      value: experiment.traffic_share_ppm / 10_000,
      least: 0,
      most: 100,
      needed: () => true,
    });
    this.variants = variantsField(experiment.variants);
    this.primary = selectField({
      name: "primary",
      label: say().primary,
      hint: say().primaryHint,
      options: metrics,
      chosen: experiment.primary.metric,
      changed: () => this.#arrange(),
    });
    this.guardrails = checksField({
      name: "guardrails",
      label: say().guardrails,
      hint: say().guardrailsHint,
      options: metrics,
      chosen: experiment.guardrails.map((goal) => goal.metric),
    });
    this.guardrails.check = () => (this.guardrails.value().includes(this.primary.value()) ? say().guardsPrimary : "");
    this.baseline = numberField({
      name: "plan",
      label: say().baseline,
      hint: say().baselineHint,
      value: plan ? this.#shown(plan.baseline) : null,
      least: 0,
      most: 1e9,
      needed: () => this.lift.value() !== null,
    });
    this.lift = numberField({
      name: "lift",
      label: say().lift,
      hint: say().liftHint,
      value: plan ? plan.lift_percent : null,
      least: 0.1,
      most: 1_000,
      needed: () => this.baseline.value() !== null,
    });
    this.deviation = numberField({
      name: "deviation",
      label: say().deviation,
      hint: say().deviationHint,
      value: plan?.deviation ? this.#shown(plan.deviation) : null,
      least: 0,
      most: 1e9,
      needed: () => this.baseline.value() !== null && this.#differs(),
    });
    this.#arrange();
  }

  /** Whether the primary metric's mean does not say how much units differ. */
  #differs() {
    return (
      !YES_OR_NO.includes(this.primary.value()) || (this.primary.value() === "resolved" && this.unit.value() === "user")
    );
  }

  /** Shares are shown in percent. @param {number} value */
  #shown(value) {
    return SHARES.includes(this.primary.value()) ? Number((value * 100).toPrecision(9)) : value;
  }

  #arrange() {
    this.deviation.element.hidden = !this.#differs();
  }

  get all() {
    const { name, bot, unit, share, variants, primary, guardrails, baseline, lift, deviation } = this;
    return [name, bot, unit, share, variants, primary, guardrails, baseline, lift, deviation];
  }

  /** @returns {HTMLElement[]} */
  get shown() {
    return [
      this.name.element,
      beside(this.bot, this.unit, this.share).element,
      this.variants.element,
      this.primary.element,
      this.guardrails.element,
      h("h3", { class: "form-part" }, say().plan),
      beside(this.baseline, this.lift, this.deviation).element,
    ];
  }

  /** @returns {ExperimentFields} */
  experiment() {
    const metric = this.primary.value();
    const part = SHARES.includes(metric) ? 100 : 1;
    const baseline = this.baseline.value();
    const deviation = this.#differs() ? { deviation: (this.deviation.value() ?? 0) / part } : {};
    return {
      name: this.name.value(),
      bot: this.bot.value(),
      unit: this.unit.value(),
      traffic_share_ppm: Math.round((this.share.value() ?? 100) * 10_000),
      variants: this.variants.value(),
      primary: { metric },
      guardrails: this.guardrails.value().map((/** @type {ExperimentMetric} */ guarded) => ({ metric: guarded })),
      plan:
        baseline === null ? null : { baseline: baseline / part, lift_percent: this.lift.value() ?? 0, ...deviation },
    };
  }
}
