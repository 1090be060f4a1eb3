// Whose page it is, and what he may do about it.

import { account, isAdmin, logOut, seesFigures } from "./account.js";
import { Unreachable } from "./api.js";
import { h, icon } from "./dom.js";
import { words } from "./i18n.js";
import { entry, menu, way } from "./menu.js";

/** Nothing where no one has to log in. @param {(text: string) => void} complain */
export function accountMenu(complain) {
  const { user } = account();
  if (!user) return null;
  const leave = async () => {
    try {
      await logOut();
    } catch (error) {
      const why = error instanceof Unreachable ? words().noAnswer : error instanceof Error ? error.message : "";
      complain(`${words().notLoggedOut} ${why}`);
    }
  };
  const face = [icon("lead"), h("span", { class: "clip account-name" }, user.name)];
  const element = menu(
    words().accountOf(user.name),
    () => [
      h("span", { class: "menu-title" }, `${user.name} · ${words().roles[user.role]}`),
      seesFigures() && way(words().alerts, "/alerts.html"),
      seesFigures() && way(words().reports, "/reports.html"),
      seesFigures() && way(words().experiments, "/experiments.html"),
      isAdmin() && way(words().settings, "/settings.html"),
      way(words().changePassword, "/settings.html#account"),
      h("hr"),
      entry(words().logOut, () => void leave()),
    ],
    face,
  );
  element.id = "account-menu";
  return element;
}
