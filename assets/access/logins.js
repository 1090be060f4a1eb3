// Who is logged in, and from where.

import { send } from "../dashboard/account.js";
import { get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { confirmed } from "./dialog.js";
import { action, badge, nothing, row, since } from "./rows.js";
import { say } from "./say.js";

/** @type {import("./views.js").View<KnownLogin[]>} */
export const logins = {
  load: async () => (await get("access/logins")).logins,
  help: () => say().loginsHelp,
  draw: (all, again) => [
    all.length === 0 ? nothing(say().noLogins, say().noLoginsText) : null,
    h(
      "ul",
      { class: "rows" },
      all.map((login) => loginRow(login, again)),
    ),
  ],
};

/** @param {KnownLogin} login @param {import("./views.js").Again} again */
function loginRow(login, again) {
  const { id, user, address, current } = login;
  const end = () =>
    confirmed({
      title: say().endLogin(user),
      text: current ? say().endOwnText : say().endText,
      act: say().end,
      run: async () => {
        await send("DELETE", `access/logins/${encodeURIComponent(id)}`);
        again(say().saved);
      },
    });
  return row({
    key: id,
    name: user,
    badges: [current ? badge(say().current, "good") : null],
    facts: [say().from(address), since(login.created_at), say().lastUsed(format.momentLong(login.last_used_at))],
    actions: [action(say().end, `${user}, ${say().from(address)}`, end, true)],
  });
}
