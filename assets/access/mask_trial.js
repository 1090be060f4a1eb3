// A text, and what would be stored of it: by the server, which masks what comes in the same way.

import { send } from "../dashboard/account.js";
import { h, replace } from "../dashboard/dom.js";
import { textField } from "./fields.js";
import { refusal } from "./refusal.js";
import { say } from "./say.js";

/** How long nothing is typed before the server is asked, ms. */
const PAUSE_MS = 250;

/**
 * @param {() => string} bot
 * @param {() => { kinds: MaskKind[], patterns: MaskPattern[] }} wanted
 * @returns {import("./fields.js").Field & { again: () => void }}
 */
export function trial(bot, wanted) {
  let turn = 0;
  const field = textField({
    name: "text",
    label: say().tryMasking,
    hint: say().tryMaskingHint,
    lines: true,
    attributes: { rows: "3", maxlength: "8000", on: { input: () => again() } },
  });
  field.input.value = say().tryMaskingText;
  const stored = h("output", { class: "tried", for: field.input.id, "aria-live": "polite" });

  async function ask() {
    const mine = ++turn;
    try {
      const masking = wanted();
      /** @type {{ stored: string }} */
      const answer = await send("POST", `masking/${encodeURIComponent(bot())}/try`, {
        text: field.input.value,
        masking,
      });
      if (mine !== turn) return;
      replace(stored, withMarks(answer.stored, masking.patterns));
      stored.classList.remove("wrong");
    } catch (error) {
      if (mine !== turn) return;
      replace(stored, refusal(error).text);
      stored.classList.add("wrong");
    }
  }

  let waiting = 0;
  const again = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void ask(), PAUSE_MS);
  };
  void ask();
  field.element.append(h("p", { class: "tried-label" }, say().wouldBeStored), stored);
  return { ...field, again };
}

/** The text with what stands for something else set off. @param {string} text @param {MaskPattern[]} patterns */
function withMarks(text, patterns) {
  const known = new Set(["email", "phone", "card", "iban", "pesel", "ip", ...patterns.map(({ name }) => name)]);
  return text
    .split(/(\[[A-Za-z_-]+\])/)
    .map((part) => (part.startsWith("[") && known.has(part.slice(1, -1)) ? h("mark", null, part) : part));
}
