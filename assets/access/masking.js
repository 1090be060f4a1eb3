// What of each bot's texts is masked before they are stored, and a place to try it.

import { send } from "../dashboard/account.js";
import { get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { dialog } from "./dialog.js";
import { textField } from "./fields.js";
import { Form } from "./form.js";
import { kindsField } from "./mask_kinds.js";
import { trial } from "./mask_trial.js";
import { action, addButton, badge, nothing, row } from "./rows.js";
import { say } from "./say.js";

/** As many as the server allows for one bot. */
const PATTERNS_MAX = 20;

/** @type {import("./views.js").View<MaskedBot[]>} */
export const masking = {
  load: async () => (await get("masking")).bots,
  help: () => say().maskingHelp,
  tools: (_, again) => [addButton("mask-other", say().otherBot, () => edit(null, again), false)],
  draw: (bots, again) => [
    bots.length === 0 ? nothing(say().noMasking, say().noMaskingText) : null,
    h(
      "ul",
      { class: "rows" },
      bots.map((bot) => botRow(bot, again)),
    ),
    h("p", { class: "hint view-note" }, say().maskingNote),
  ],
};

/** @param {MaskedBot} bot @param {import("./views.js").Again} again */
function botRow(bot, again) {
  const masked = [...bot.kinds.map((kind) => say().maskKinds[kind]), ...bot.patterns.map(({ name }) => name)];
  return row({
    key: bot.name,
    name: bot.name,
    badges: masked.length === 0 ? [badge(say().masksNothing)] : masked.map((name) => badge(name, "strong")),
    facts: [],
    actions: [action(say().edit, bot.name, () => edit(bot, again))],
  });
}

/** @param {MaskedBot | null} bot none for one that is named here @param {import("./views.js").Again} again */
function edit(bot, again) {
  const box = dialog(bot ? say().editMasking(bot.name) : say().otherBot, (close, cancel) => {
    const name = textField({
      name: "bot",
      label: say().bot,
      hint: say().otherBotHint,
      check: (text) => (text.length >= 1 && text.length <= 64 ? "" : say().keyNameWrong),
      attributes: { autocomplete: "off", autocapitalize: "none", spellcheck: "false" },
    });
    const kinds = kindsField(bot?.kinds ?? [], () => tried.again());
    const patterns = textField({
      name: "patterns",
      label: say().ownPatterns,
      hint: say().ownPatternsHint,
      check: checkPatterns,
      lines: true,
      attributes: { spellcheck: "false", autocapitalize: "none", on: { input: () => tried.again() } },
    });
    patterns.input.value = (bot?.patterns ?? []).map((pattern) => `${pattern.name}=${pattern.regex}`).join("\n");
    const wanted = () => ({ kinds: kinds.value(), patterns: written(patterns.value()) });
    const tried = trial(() => bot?.name ?? (name.value() || "default"), wanted);
    const act = async () => {
      await send("PATCH", `masking/${encodeURIComponent(bot?.name ?? name.value())}`, wanted());
      close();
      again(say().saved);
    };
    const fields = bot ? [kinds, patterns, tried] : [name, kinds, patterns, tried];
    const before = [h("p", { class: "hint" }, say().maskingText)];
    return [new Form({ fields, submit: say().save, act, cancel, before }).element];
  });
  box.classList.add("wide");
}

/** One a line: its name, an equals sign and the expression. @param {string} text */
function lines(text) {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** @param {string} text @returns {MaskPattern[]} */
function written(text) {
  return lines(text).map((line) => {
    const at = line.indexOf("=");
    return { name: line.slice(0, at).trim(), regex: line.slice(at + 1).trim() };
  });
}

/** @param {string} text */
function checkPatterns(text) {
  const all = lines(text);
  const wrong = all.find((line) => !/^[A-Za-z_-]{1,24}\s*=\s*\S/.test(line));
  if (wrong !== undefined) return say().patternWrong(wrong);
  return all.length > PATTERNS_MAX ? say().patternsTooMany(PATTERNS_MAX) : "";
}
