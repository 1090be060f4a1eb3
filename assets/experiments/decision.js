// How an experiment ends: with a winner or without, and with a reason.

import { send } from "../dashboard/account.js";
import { h } from "../dashboard/dom.js";
import { dialog } from "../access/dialog.js";
import { textField } from "../access/fields.js";
import { Form } from "../access/form.js";
import { selectField } from "../alerts/fields.js";
import { say } from "./say.js";

const REASON_MAX = 500;

/** @param {Experiment} experiment @param {import("../access/views.js").Again} again */
export function stopDialog({ name, variants }, again) {
  dialog(say().stopOf(name), (close, cancel) => {
    const winner = selectField({
      name: "winner",
      label: say().winner,
      hint: say().winnerHint,
      options: [
        { value: "", label: say().nobodyWins },
        ...variants.map((variant) => ({ value: variant.name, label: variant.name })),
      ],
      chosen: "",
    });
    const reason = textField({
      name: "reason",
      label: say().reason,
      hint: say().reasonHint,
      lines: true,
      attributes: { rows: "3" },
      check: (text) => (text.length >= 1 && text.length <= REASON_MAX ? "" : say().reasonWrong),
    });
    const act = async () => {
      const decision = { reason: reason.value(), ...(winner.value() ? { winner: winner.value() } : {}) };
      await send("POST", `experiments/${encodeURIComponent(name)}/stop`, decision);
      close();
      again(say().stopped);
    };
    const form = new Form({ fields: [winner, reason], submit: say().stop, act, cancel, danger: true });
    return [h("p", { class: "quiet" }, say().stopText), form.element];
  });
}
