// The rules, and how they stand.

import { isAdmin, send } from "../dashboard/account.js";
import { botNames, get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { confirmed } from "../access/dialog.js";
import { action, addButton, badge, nothing, row } from "../access/rows.js";
import { shower } from "./metrics.js";
import { FRESH, addRule, changeRule, ruleDialog } from "./rule_form.js";
import { say } from "./say.js";

/** @typedef {{ alerts: AlertRow[], offers: AlertRule[], bots: string[], channels: string[] }} Data */

const EVERY_MS = 15_000;
/** While the server has not looked at a rule yet. */
const SOON_MS = 1_500;

/** @type {import("../access/views.js").View<Data>} */
export const rules = {
  everyMs: ({ alerts }) => (alerts.some(({ rule, phase }) => rule.enabled && phase === null) ? SOON_MS : EVERY_MS),
  load: async () => {
    const [{ alerts }, bots, { channels }] = await Promise.all([get("alerts"), botNames(), get("channels")]);
    const offered = bots.includes("default") ? "default" : bots[0];
    const { offers } = offered === undefined ? { offers: [] } : await get("alerts/offers", { bot: offered });
    return { alerts, offers, bots, channels: channels.map((/** @type {ChannelRow} */ channel) => channel.name) };
  },
  help: () => say().rulesHelp,
  tools: (data, again) => (isAdmin() ? [addButton("add-rule", say().addRule, () => addNew(data, again))] : []),
  draw: (data, again) => [
    data.alerts.length === 0 ? nothing(say().noRules, say().noRulesText) : null,
    h(
      "ul",
      { class: "rows" },
      data.alerts.map((alert) => ruleRow(alert, data, again)),
    ),
    isAdmin() ? offersOf(data, again) : null,
  ],
};

/** @param {Data} data @param {import("../access/views.js").Again} again */
function addNew(data, again) {
  ruleDialog(say().addRule, { ...FRESH, bot: data.bots[0] ?? "default", channels: data.channels }, data, {
    submit: say().addRule,
    act: async (rule) => {
      await addRule(rule);
      again(say().saved);
    },
  });
}

/** @param {AlertRow} alert @param {Data} data @param {import("../access/views.js").Again} again */
function ruleRow(alert, data, again) {
  const { id, rule, silenced_until } = alert;
  const admin = isAdmin();
  const edit = () =>
    ruleDialog(say().editRule(rule.name), rule, data, {
      submit: say().save,
      act: async (changed) => {
        await changeRule(id, changed);
        again(say().saved);
      },
    });
  const look = () => ruleDialog(rule.name, rule, data, null);
  const firing = alert.phase === "firing" && !alert.acknowledged_by;
  const acknowledge = async () => {
    await send("POST", `alerts/${encodeURIComponent(id)}/acknowledge`);
    again(say().acknowledged);
  };
  return row({
    key: rule.name,
    name: rule.name,
    badges: [
      phaseBadge(alert),
      rule.severity === "critical" ? badge(say().severities.critical, "strong") : null,
      silenced_until ? badge(say().silencedUntil(format.moment(silenced_until))) : null,
      rule.channels.length === 0 ? badge(say().tellsNoOne) : null,
    ],
    facts: [
      rule.bot ?? "NovaHouse",
      reason(rule),
      alert.value === null ? null : say().now(shower(rule.metric, rule.condition)(alert.value)),
      alert.since ? say().since(format.moment(alert.since)) : null,
      alert.acknowledged_by ? say().takenBy(alert.acknowledged_by) : null,
      rule.channels.length > 0 ? say().tellsOf(rule.channels.join(", ")) : null,
    ],
    actions: [
      ...(admin && firing ? [action(say().acknowledge, rule.name, () => void acknowledge())] : []),
      admin ? action(say().edit, rule.name, edit) : action(say().backtest, rule.name, look),
      ...(admin ? [action(say().remove, rule.name, () => removeRule(alert, again), true)] : []),
    ],
  });
}

/** @param {AlertRow} alert */
function phaseBadge({ phase, rule }) {
  if (!rule.enabled) return badge(say().off);
  if (phase === null) return badge(say().fresh);
  const tones = /** @type {const} */ ({ ok: "good", pending: "strong", firing: "bad", no_data: "" });
  return badge(say().phases[phase], tones[phase]);
}

/** What a rule watches, in a line. @param {AlertRule} rule */
function reason({ metric, condition, threshold, window_hours, window_days, endpoint, intent, hold_minutes }) {
  const shown = condition === "no_data" ? "" : ` ${thresholdOf(metric, condition, threshold ?? 0)}`;
  const window = window_hours ? say().perHours(window_hours) : window_days ? say().perDays(window_days) : "";
  const of = endpoint ?? intent;
  const what = [say().metrics[metric], of ? `(${of})` : "", window].filter((part) => part !== "").join(" ");
  const held = hold_minutes > 0 ? `, ${say().forMinutes(hold_minutes)}` : "";
  return `${what}: ${say().conditions[condition]}${shown}${held}`;
}

/** @param {AlertMetric} metric @param {AlertCondition} condition @param {number} threshold */
function thresholdOf(metric, condition, threshold) {
  const isChange = condition === "rises_by" || condition === "falls_by";
  return isChange ? format.percent(threshold) : shower(metric, condition)(threshold);
}

/** @param {AlertRow} alert @param {import("../access/views.js").Again} again */
function removeRule({ id, rule }, again) {
  confirmed({
    title: say().removeRule(rule.name),
    text: say().removeRuleText,
    act: say().remove,
    run: async () => {
      await send("DELETE", `alerts/${encodeURIComponent(id)}`);
      again(say().saved);
    },
  });
}

/** Good rules that are not there yet. @param {Data} data @param {import("../access/views.js").Again} again */
function offersOf({ alerts, offers, channels }, again) {
  const isThere = (/** @type {AlertRule} */ offer) =>
    alerts.some(
      ({ rule }) => rule.metric === offer.metric && rule.condition === offer.condition && rule.bot === offer.bot,
    );
  const open = offers.filter((offer) => !isThere(offer));
  if (open.length === 0) return null;
  const add = async (/** @type {AlertRule} */ rule) => {
    await addRule(rule);
    again(say().saved);
  };
  return h(
    "section",
    { class: "offers" },
    h("h3", null, say().offers),
    h(
      "ul",
      { class: "rows" },
      open.map((offer) => {
        const name = say().offered[/** @type {keyof ReturnType<typeof say>["offered"]} */ (offer.metric)] ?? offer.name;
        const rule = { ...offer, name, channels };
        const add_ = action(say().add, name, () => void add(rule));
        return row({ key: `offer ${offer.metric}`, name, facts: [rule.bot, reason(rule)], actions: [add_] });
      }),
    ),
  );
}
