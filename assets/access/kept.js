// How long bots keep what they were told.

import { send } from "../dashboard/account.js";
import { get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { dialog } from "./dialog.js";
import { textField } from "./fields.js";
import { Form } from "./form.js";
import { refusal } from "./refusal.js";
import { retained } from "./retained.js";
import { action, badge, row } from "./rows.js";
import { say } from "./say.js";

/** As long as the server allows, days. */
const DAYS_MAX = 36_500;
/** @type {KeptKind[]} */
const KINDS = ["text", "events", "performance", "sessions"];

/** How often one looks how far a run is, ms. */
const WATCHED_EVERY_MS = 1_000;

/** @type {import("./views.js").View<{ bots: KeptBot[], runs: RetentionRuns }>} */
export const kept = {
  load: async () => {
    const [{ bots }, runs] = await Promise.all([get("retention"), get("retention/runs/last")]);
    return { bots, runs };
  },
  help: () => say().keptHelp,
  everyMs: ({ runs }) => (runs.under_way ? WATCHED_EVERY_MS : 0),
  draw: ({ bots, runs }, again) => [
    h(
      "ul",
      { class: "rows" },
      bots.map((bot) => botRow(bot, again)),
    ),
    h("p", { class: "hint kept-note" }, say().keptNote),
    bots.some(isLimited) || runs.under_way || runs.last ? retained(runs, again) : null,
  ],
};

/** @param {KeptBot} bot */
function isLimited(bot) {
  return KINDS.some((kind) => bot.keep[`${kind}_days`] !== null);
}

/** @param {KeptBot} bot @param {import("./views.js").Again} again */
function botRow(bot, again) {
  return row({
    key: bot.name,
    name: bot.name,
    badges: [isLimited(bot) ? null : badge(say().keptAll)],
    facts: [],
    lines: KINDS.flatMap((kind) => told(bot, kind) ?? []),
    actions: [action(say().edit, bot.name, () => edit(bot, again))],
  });
}

/** @param {KeptBot} bot @param {KeptKind} kind */
function told(bot, kind) {
  const days = bot.keep[`${kind}_days`];
  const since = bot.since[kind];
  if (days === null && since === null) return null;
  const long = days === null ? say().forEver : say().days(days);
  return `${say().keptKinds[kind]}: ${long}${since ? ` (${say().nothingBefore(format.dayInTable(since))})` : ""}`;
}

/** @param {KeptBot} bot @param {import("./views.js").Again} again */
function edit(bot, again) {
  dialog(say().editKept(bot.name), (close, cancel) => {
    const fields = KINDS.map((kind) => daysField(bot, kind));
    const act = async () => {
      await send("PATCH", `retention/${encodeURIComponent(bot.name)}`, body(fields));
      close();
      again(say().saved);
    };
    const before = [h("p", { class: "hint" }, say().editKeptText)];
    return [new Form({ fields, submit: say().edit, act, cancel, before, why: named }).element];
  });
}

/** @param {KeptBot} bot @param {KeptKind} kind */
function daysField(bot, kind) {
  const name = /** @type {const} */ (`${kind}_days`);
  const isSound = (/** @type {string} */ text) =>
    text === "" || (/^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= DAYS_MAX);
  return textField({
    name,
    label: say().keptKinds[kind],
    hint: say().keptHints[kind],
    check: (text) => (isSound(text) ? "" : say().daysWrong(format.number(DAYS_MAX))),
    beside: [h("span", { class: "field-unit" }, say().inDays)],
    attributes: { value: bot.keep[name] ?? "", inputmode: "numeric", autocomplete: "off", placeholder: say().forEver },
  });
}

/** @param {ReturnType<typeof daysField>[]} fields */
function body(fields) {
  return Object.fromEntries(fields.map((field) => [field.name, field.value() === "" ? null : Number(field.value())]));
}

/** What the server refuses of how they go together. @param {unknown} error */
function named(error) {
  const why = refusal(error);
  const { field } = why;
  if (field === "text_days") return { field, text: say().textTooLong };
  if (field === "sessions_days") return { field, text: say().sessionsTooShort };
  return why;
}
