// No one has to log in yet: what the first admin changes, and how to make one.

import { send } from "../dashboard/account.js";
import { h } from "../dashboard/dom.js";
import { newPasswordField, textField } from "./fields.js";
import { Form } from "./form.js";
import { withCode } from "./rows.js";
import { say } from "./say.js";
import { checkName } from "./users.js";

/** @type {import("./views.js").View<null>} */
export const first = {
  load: async () => null,
  help: () => "",
  draw: () => [
    h("h3", { class: "first-heading" }, say().firstHeading),
    h("p", null, say().firstText),
    h(
      "ul",
      { class: "points" },
      say().firstPoints.map((point) => h("li", null, withCode(point))),
    ),
    form(),
  ],
};

function form() {
  const name = textField({
    name: "name",
    label: say().name,
    hint: say().nameHint,
    check: checkName,
    attributes: { autocomplete: "username", autocapitalize: "none", spellcheck: "false" },
  });
  const password = newPasswordField({ name: "password", label: say().password, hint: say().passwordHint });
  const repeated = textField({
    name: "repeat",
    label: say().repeat,
    check: () => (repeated.input.value === password.value() ? "" : say().notSame),
    attributes: { type: "password", autocomplete: "new-password" },
  });
  const act = async () => {
    await send("POST", "access/users", { name: name.value(), role: "admin", bots: [], password: password.value() });
    location.replace(`/login.html?${new URLSearchParams({ to: "/settings.html#keys" })}`);
  };
  return new Form({ fields: [name, password, repeated], submit: say().firstAct, act }).element;
}
