// The form of a rule, with what it would have said of the last months beside it.

import { send } from "../dashboard/account.js";
import { get } from "../dashboard/api.js";
import { h, replace } from "../dashboard/dom.js";
import { dialog } from "../access/dialog.js";
import { textField } from "../access/fields.js";
import { Form } from "../access/form.js";
import { Trial } from "./backtest.js";
import { beside, besideForm, checksField, numberField, selectField, switchField } from "./fields.js";
import { GROUPS, METRICS, conditionsOf, unitOf } from "./metrics.js";
import { say } from "./say.js";

/** How long someone may go on typing before the past is asked. */
const PAUSE_MS = 350;

/** @type {AlertRule} */
export const FRESH = {
  name: "",
  bot: "default",
  metric: "response_p95_ms",
  window_hours: 1,
  window_days: null,
  condition: "above",
  threshold: 1000,
  hold_minutes: 5,
  endpoint: null,
  intent: null,
  min_count: null,
  budget_usd: null,
  severity: "warning",
  channels: [],
  remind_hours: null,
  enabled: true,
};

/** @typedef {{ bots: string[], channels: string[] }} Known */

/**
 * @param {string} title @param {AlertRule} rule @param {Known} known
 * @param {{ submit: string, act: (rule: AlertRule) => Promise<void> } | null} save nothing where it is only looked at
 */
export function ruleDialog(title, rule, known, save) {
  const box = dialog(title, (close, cancel) => {
    const fields = new RuleFields(rule, known);
    const trial = new Trial();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const tryOut = () => {
      clearTimeout(timer);
      timer = setTimeout(() => void trial.show(fields.isSound() ? fields.rule() : null), PAUSE_MS);
    };
    fields.changed = tryOut;
    void trial.show(rule.name || fields.isSound() ? fields.rule() : null);
    if (!save) {
      cancel.textContent = say().close;
      return [trial.element, h("div", { class: "form-actions" }, cancel)];
    }
    const act = async () => {
      await save.act(fields.rule());
      close();
    };
    const form = new Form({ fields: fields.all, submit: save.submit, act, cancel });
    return [besideForm(form, fields.shown, trial.element)];
  });
  box.classList.add("wide", "rule-box");
}

/** @param {"endpoint" | "intent"} what @param {string} bot @returns {Promise<string[]>} */
async function namesOf(what, bot) {
  if (what === "endpoint") {
    const { endpoint_performance } = await get("analytics/performance", { bot, hours: "168" });
    return endpoint_performance.map((/** @type {{ endpoint: string }} */ row) => row.endpoint);
  }
  const { intent_summary } = await get("analytics/intents", { bot, days: "30" });
  return intent_summary.map((/** @type {{ intent: string }} */ row) => row.intent);
}

class RuleFields {
  changed = () => {};
  #suggested = "";

  /** @param {AlertRule} rule @param {Known} known */
  constructor(rule, known) {
    const told = () => this.changed();
    const arranged = () => {
      this.#arrange();
      told();
    };
    this.name = textField({
      name: "name",
      label: say().name,
      check: (text) => (text.length >= 1 && text.length <= 100 ? "" : say().nameWrong),
      attributes: { autocomplete: "off", value: rule.name },
    });
    this.metric = selectField({
      name: "metric",
      label: say().metric,
      options: Object.entries(GROUPS).map(([group, metrics]) => ({
        label: say().groups[/** @type {keyof ReturnType<typeof say>["groups"]} */ (group)],
        options: metrics.map((value) => ({ value, label: say().metrics[value] })),
      })),
      chosen: rule.metric,
      changed: arranged,
    });
    const bots = [...new Set([...(rule.bot ? [rule.bot] : []), ...known.bots])];
    this.bot = selectField({
      name: "bot",
      label: say().bot,
      options: bots.map((value) => ({ value, label: value })),
      chosen: rule.bot ?? "default",
      changed: arranged,
    });
    this.endpoint = this.#text("endpoint", say().endpoint, say().endpointHint, rule.endpoint);
    this.intent = this.#text("intent", say().intent, say().intentHint, rule.intent);
    this.hours = numberField({
      name: "window_hours",
      label: say().hours,
      value: rule.window_hours ?? 1,
      least: 1,
      most: 168,
      whole: true,
      needed: () => this.#span() === "hours",
      changed: told,
    });
    this.days = numberField({
      name: "window_days",
      label: say().days,
      value: rule.window_days ?? 1,
      least: 1,
      most: 90,
      whole: true,
      needed: () => this.#span() === "days",
      changed: told,
    });
    this.condition = selectField({
      name: "condition",
      label: say().condition,
      hint: "",
      options: conditionsOf(rule.metric).map((value) => ({ value, label: say().conditions[value] })),
      chosen: rule.condition,
      changed: arranged,
    });
    this.unit = h("span", { class: "field-unit" });
    this.threshold = numberField({
      name: "threshold",
      label: say().threshold,
      value: rule.threshold,
      least: 0,
      most: 1e12,
      needed: () => this.#condition() !== "no_data",
      changed: told,
      beside: [this.unit],
    });
    this.budget = numberField({
      name: "budget_usd",
      label: say().budget,
      value: rule.budget_usd,
      least: 0.01,
      most: 1e12,
      needed: () => this.#span() === "month",
      changed: told,
    });
    this.hold = numberField({
      name: "hold_minutes",
      label: say().hold,
      value: rule.hold_minutes,
      least: 0,
      most: 10_080,
      whole: true,
      changed: told,
    });
    this.minimum = numberField({
      name: "min_count",
      label: say().minimum,
      hint: say().minimumHint,
      value: rule.min_count,
      least: 1,
      most: 1e9,
      whole: true,
      changed: told,
    });
    this.severity = selectField({
      name: "severity",
      label: say().severity,
      options: /** @type {const} */ (["info", "warning", "critical"]).map((value) => ({
        value,
        label: say().severities[value],
      })),
      chosen: rule.severity,
    });
    this.remind = numberField({
      name: "remind_hours",
      label: say().remind,
      hint: say().remindHint,
      value: rule.remind_hours,
      least: 1,
      most: 168,
      whole: true,
    });
    this.channels = checksField({
      name: "channels",
      label: say().tells,
      hint: known.channels.length === 0 ? say().noChannelsYet : "",
      options: known.channels.map((value) => ({ value, label: value })),
      chosen: rule.channels,
    });
    this.enabled = switchField({ name: "enabled", label: say().enabled, chosen: rule.enabled });
    this.note = h("p", { class: "hint" });
    this.#arrange();
  }

  /** @param {string} name @param {string} label @param {string} hint @param {string | null} value */
  #text(name, label, hint, value) {
    const known = h("datalist", { id: `known-${name}` });
    const attributes = { autocomplete: "off", spellcheck: "false", list: known.id, value: value ?? "" };
    const field = textField({ name, label, hint, beside: [known], attributes });
    field.input.addEventListener("input", () => this.changed());
    return { ...field, known };
  }

  /** Offers the names that there have been lately. */
  async #suggest() {
    const bot = this.bot.value();
    const { narrowed } = METRICS[this.#metric()];
    if (!narrowed || this.#suggested === `${bot} ${narrowed}`) return;
    this.#suggested = `${bot} ${narrowed}`;
    try {
      const names = await namesOf(narrowed, bot);
      const list = narrowed === "endpoint" ? this.endpoint.known : this.intent.known;
      replace(
        list,
        names.map((value) => h("option", { value })),
      );
    } catch {
      // It can be typed all the same.
    }
  }

  #metric() {
    return /** @type {AlertMetric} */ (this.metric.value());
  }

  #condition() {
    return /** @type {AlertCondition} */ (this.condition.value());
  }

  #span() {
    return METRICS[this.#metric()].span;
  }

  /** Shows what the metric and the condition take, and nothing else. */
  #arrange() {
    const metric = this.#metric();
    this.condition.offer(conditionsOf(metric).map((value) => ({ value, label: say().conditions[value] })));
    const { span, narrowed } = METRICS[metric];
    const condition = this.#condition();
    this.bot.element.hidden = span === "now";
    this.endpoint.element.hidden = narrowed !== "endpoint";
    this.intent.element.hidden = narrowed !== "intent";
    this.hours.element.hidden = span !== "hours";
    this.days.element.hidden = span !== "days";
    this.threshold.element.hidden = condition === "no_data";
    this.budget.element.hidden = span !== "month";
    this.minimum.element.hidden = condition === "no_data" || span === "month" || span === "now";
    this.unit.textContent = unitOf(metric, condition);
    this.unit.hidden = this.unit.textContent === "";
    const whole = span === "days" ? say().wholeDays : span === "hours" ? say().wholeHours : "";
    this.note.textContent = condition === "above" ? "" : whole;
    this.note.hidden = this.note.textContent === "";
    void this.#suggest();
  }

  /** All of them, as they are checked and complained of. */
  get all() {
    const { name, metric, bot, endpoint, intent, hours, days, condition, threshold, budget, hold, minimum } = this;
    return [
      name,
      metric,
      bot,
      endpoint,
      intent,
      hours,
      days,
      condition,
      threshold,
      budget,
      hold,
      minimum,
      this.severity,
      this.remind,
      this.channels,
      this.enabled,
    ];
  }

  /** The same as they stand in the form. @returns {HTMLElement[]} */
  get shown() {
    return [
      this.name.element,
      beside(this.metric, this.bot).element,
      this.endpoint.element,
      this.intent.element,
      beside(this.condition, this.threshold).element,
      beside(this.hours, this.days, this.budget, this.hold).element,
      this.note,
      this.minimum.element,
      beside(this.severity, this.remind).element,
      this.channels.element,
      this.enabled.element,
    ];
  }

  /** Whether the past can be asked about it. */
  isSound() {
    const asked = [this.hours, this.days, this.threshold, this.budget, this.hold, this.minimum];
    return asked.every((field) => field.element.hidden || field.check() === "");
  }

  /** @returns {AlertRule} */
  rule() {
    const { span, narrowed } = METRICS[this.#metric()];
    const text = (/** @type {import("./fields.js").Field} */ field) => field.value() || null;
    const visible = (/** @type {import("./fields.js").Field} */ field) => (field.element.hidden ? null : field.value());
    return {
      name: this.name.value() || say().unnamed,
      bot: span === "now" ? null : this.bot.value(),
      metric: this.#metric(),
      window_hours: visible(this.hours),
      window_days: visible(this.days),
      condition: this.#condition(),
      threshold: visible(this.threshold),
      hold_minutes: this.hold.value() ?? 0,
      endpoint: narrowed === "endpoint" ? text(this.endpoint) : null,
      intent: narrowed === "intent" ? text(this.intent) : null,
      min_count: visible(this.minimum),
      budget_usd: visible(this.budget),
      severity: /** @type {AlertSeverity} */ (this.severity.value()),
      channels: this.channels.value(),
      remind_hours: this.remind.value(),
      enabled: this.enabled.value(),
    };
  }
}

/** Makes a rule. @param {AlertRule} rule */
export async function addRule(rule) {
  await send("POST", "alerts", { ...rule });
}

/** @param {string} id @param {AlertRule} rule */
export async function changeRule(id, rule) {
  await send("PUT", `alerts/${encodeURIComponent(id)}`, { ...rule });
}
