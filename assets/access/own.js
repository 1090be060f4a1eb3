// One's own account: who one is, and another password.

import { account, learn, send } from "../dashboard/account.js";
import { h } from "../dashboard/dom.js";
import { words } from "../dashboard/i18n.js";
import { newPasswordField, textField } from "./fields.js";
import { Form } from "./form.js";
import { say } from "./say.js";

/** @type {import("./views.js").View<null>} */
export const own = {
  load: async () => null,
  help: () => {
    const { user } = account();
    if (!user) return "";
    const sees = user.bots.length === 0 ? say().seesAll : say().sees(user.bots.join(", "));
    return `${say().accountHelp(user.name, words().roles[user.role])} ${sees}`;
  },
  draw: (_, again) => [h("h3", null, say().changePassword), passwordForm(again)],
};

/** @param {import("./views.js").Again} again */
function passwordForm(again) {
  const current = textField({
    name: "current",
    label: say().currentPassword,
    check: () => (current.input.value ? "" : say().enterCurrent),
    attributes: { type: "password", autocomplete: "current-password" },
  });
  const fresh = newPasswordField({ name: "new", label: say().newPassword, hint: say().passwordHint });
  // For the browser, which keeps a password with a name.
  const name = h("input", {
    type: "text",
    name: "username",
    autocomplete: "username",
    value: account().user?.name ?? "",
    hidden: true,
    "aria-hidden": "true",
  });
  const act = async () => {
    await send("POST", "auth/password", { current: current.input.value, new: fresh.value() });
    // The login is another one now, and with it what is sent along.
    await learn();
    again(say().changed);
  };
  const before = [name, h("p", { class: "hint" }, say().changeText)];
  return new Form({ fields: [current, fresh], submit: say().changePassword, act, before }).element;
}
