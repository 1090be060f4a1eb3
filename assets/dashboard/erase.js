// Erasing the session that is read, or the person who came in it.

import { dialog } from "../access/dialog.js";
import { choiceField } from "../access/fields.js";
import { Form } from "../access/form.js";
import { isAdmin, send } from "./account.js";
import { h } from "./dom.js";
import { words } from "./i18n.js";
import { go } from "./state.js";

/** For who may. @param {Session} session @param {string} bot @param {() => void} erased */
export function eraseButton(session, bot, erased) {
  if (!isAdmin()) return null;
  const open = () => ask(session, bot, erased);
  return h("button", { type: "button", class: "link", "data-key": "erase", on: { click: open } }, words().erase.button);
}

/** @param {Session} session @param {string} bot @param {() => void} erased */
function ask(session, bot, erased) {
  const say = words().erase;
  const isNamed = session.user_id !== "anonymous";
  /** @type {"user" | "session"} */
  let what = isNamed ? "user" : "session";
  let purge = "no";
  const subjects = [
    { value: /** @type {const} */ ("user"), title: say.user(session.user_id), help: say.userHelp },
    { value: /** @type {const} */ ("session"), title: say.session, help: say.sessionHelp },
  ].filter(({ value }) => isNamed || value === "session");
  const counts = [
    { value: "no", title: say.keep, help: say.keepHelp },
    { value: "yes", title: say.purge, help: say.purgeHelp },
  ];
  dialog(say.title, (close, cancel) => {
    const fields = [
      choiceField({
        name: "what",
        label: say.what,
        choices: subjects,
        chosen: what,
        changed: (value) => (what = value),
      }),
      choiceField({
        name: "purge",
        label: say.counts,
        choices: counts,
        chosen: purge,
        changed: (value) => (purge = value),
      }),
    ];
    const act = async () => {
      const path =
        what === "user"
          ? `users/${encodeURIComponent(session.user_id)}`
          : `sessions/${encodeURIComponent(session.session_id)}`;
      const query = new URLSearchParams({ bot, purge: String(purge === "yes") });
      const { receipt } = await send("DELETE", `${path}?${query}`);
      close();
      go({ session: "" });
      erased();
      told(receipt);
    };
    return [new Form({ fields, submit: say.act, act, cancel, danger: true }).element];
  });
}

/** What went, and what still holds it. @param {ErasureReceipt} receipt */
function told(receipt) {
  const say = words().erase;
  dialog(say.done(receipt.number), (close) => {
    const copied = h("span", { class: "quiet", role: "status" });
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(JSON.stringify(receipt, null, 2));
        copied.textContent = words().copied;
      } catch {
        copied.textContent = words().copyFailed;
      }
    };
    const held = receipt.backups.map(({ file }) => h("li", null, h("code", null, file)));
    return [
      h("p", null, say.went(receipt.removed)),
      held.length > 0 ? h("div", null, h("p", null, say.held), h("ul", null, held)) : h("p", null, say.notHeld),
      h(
        "div",
        { class: "form-actions" },
        h("button", { type: "button", class: "button strong", on: { click: close } }, say.close),
        h("button", { type: "button", class: "button", on: { click: () => void copy() } }, say.copyReceipt),
        copied,
      ),
    ];
  });
}
