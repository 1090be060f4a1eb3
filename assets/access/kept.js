// How long bots keep what they were told.

import { send } from "../dashboard/account.js";
import { get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { dialog } from "./dialog.js";
import { textField } from "./fields.js";
import { Form } from "./form.js";
import { refusal } from "./refusal.js";
import { action, badge, row } from "./rows.js";
import { say } from "./say.js";

/** As long as the server allows, days. */
const DAYS_MAX = 36_500;
/** @type {KeptKind[]} */
const KINDS = ["text", "events", "performance", "sessions"];

/** @type {import("./views.js").View<KeptBot[]>} */
export const kept = {
  load: async () => (await get("retention")).bots,
  help: () => say().keptHelp,
  draw: (bots, again) => [
    h(
      "ul",
      { class: "rows" },
      bots.map((bot) => botRow(bot, again)),
    ),
    h("p", { class: "hint kept-note" }, say().keptNote),
  ],
};

/** @param {KeptBot} bot @param {import("./views.js").Again} again */
function botRow(bot, again) {
  const limited = KINDS.filter((kind) => bot.keep[`${kind}_days`] !== null);
  return row({
    key: bot.name,
    name: bot.name,
    badges: [limited.length === 0 ? badge(say().keptAll) : null],
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
    beside: [h("span", { class: "unit" }, say().inDays)],
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
