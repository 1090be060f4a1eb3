// People who log in.

import { account, send } from "../dashboard/account.js";
import { Refused, botNames, get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { words } from "../dashboard/i18n.js";
import { BotsField } from "./bots_field.js";
import { confirmed, dialog } from "./dialog.js";
import { choiceField, newPasswordField, textField } from "./fields.js";
import { Form } from "./form.js";
import { refusal } from "./refusal.js";
import { action, addButton, badge, botsOf, row, since } from "./rows.js";
import { say } from "./say.js";

/** @typedef {{ users: KnownUser[], bots: string[] }} Data */

/** As the server takes them. @param {string} name */
export function checkName(name) {
  return /^[A-Za-z0-9._\-@+]{1,64}$/.test(name) ? "" : say().nameWrong;
}

/** @type {import("./views.js").View<Data>} */
export const users = {
  load: async () => {
    const [{ users: all }, bots] = await Promise.all([get("access/users"), botNames()]);
    return { users: all, bots };
  },
  help: () => say().usersHelp,
  tools: (data, again) => [addButton("add-user", say().addUser, () => addUser(data, again))],
  draw: (data, again) => [
    h(
      "ul",
      { class: "rows" },
      data.users.map((user) => userRow(user, data, again)),
    ),
  ],
};

/** @param {KnownUser} user @param {Data} data @param {import("./views.js").Again} again */
function userRow(user, data, again) {
  const { name, role } = user;
  const isYou = account().user?.name === name;
  return row({
    key: name,
    name,
    badges: [badge(words().roles[role], role === "admin" ? "strong" : ""), isYou ? badge(say().you, "good") : null],
    facts: [botsOf(user.bots), since(user.created_at)],
    actions: [
      action(say().edit, name, () => editUser(user, data, again)),
      action(say().remove, name, () => removeUser(name, again), true),
    ],
  });
}

/** @param {Role} role @param {BotsField} bots */
function roleField(role, bots) {
  const sights = /** @type {const} */ ({ admin: "all", analyst: "either", agent: "some" });
  bots.allow(sights[role]);
  return choiceField({
    name: "role",
    label: say().role,
    choices: /** @type {const} */ (["admin", "analyst", "agent"]).map((value) => ({
      value,
      title: words().roles[value],
      help: say().roleHelp[value],
    })),
    chosen: role,
    changed: (value) => bots.allow(sights[value]),
  });
}

/** @param {Data} data @param {import("./views.js").Again} again */
function addUser(data, again) {
  dialog(say().addUser, (close, cancel) => {
    const name = textField({
      name: "name",
      label: say().name,
      hint: say().nameHint,
      check: checkName,
      attributes: { autocomplete: "off", autocapitalize: "none", spellcheck: "false" },
    });
    const bots = new BotsField({ known: data.bots, chosen: [], ofAll: say().everyBotOfAdmin });
    const role = roleField("analyst", bots);
    const password = newPasswordField({
      name: "password",
      label: say().password,
      hint: say().passwordHint,
      suggests: true,
    });
    const act = async () => {
      const body = { name: name.value(), role: role.value(), bots: bots.value(), password: password.value() };
      await send("POST", "access/users", body);
      close();
      again(say().saved);
    };
    return [new Form({ fields: [name, role, bots, password], submit: say().addUser, act, cancel }).element];
  });
}

/** @param {KnownUser} user @param {Data} data @param {import("./views.js").Again} again */
function editUser(user, data, again) {
  dialog(say().editUser(user.name), (close, cancel) => {
    const bots = new BotsField({ known: data.bots, chosen: user.bots, ofAll: say().everyBotOfAdmin });
    const role = roleField(user.role, bots);
    const password = newPasswordField({
      name: "password",
      label: say().newPassword,
      hint: say().keepPassword,
      optional: true,
      suggests: true,
    });
    const act = async () => {
      const other = password.value() ? { password: password.value() } : {};
      await send("PATCH", path(user.name), { role: role.value(), bots: bots.value(), ...other });
      close();
      again(say().saved);
    };
    return [new Form({ fields: [role, bots, password], submit: say().edit, act, cancel, why: lastAdmin }).element];
  });
}

/** @param {string} name @param {import("./views.js").Again} again */
function removeUser(name, again) {
  confirmed({
    title: say().removeUser(name),
    text: say().removeUserText,
    act: say().remove,
    why: lastAdmin,
    run: async () => {
      await send("DELETE", path(name));
      again(say().saved);
    },
  });
}

/** The one conflict that a change of a user meets. @param {unknown} error */
function lastAdmin(error) {
  const isLast = error instanceof Refused && error.code === "conflict";
  return isLast ? { field: "", text: say().lastAdmin } : refusal(error);
}

/** @param {string} name */
function path(name) {
  return `access/users/${encodeURIComponent(name)}`;
}
