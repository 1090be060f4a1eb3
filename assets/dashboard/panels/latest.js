// The latest sessions, for those who may see sessions and no figures.

import { get } from "../api.js";
import { h, replace } from "../dom.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { openSession, openSessions } from "../open.js";
import { Panel } from "../panel.js";
import { sessionRow } from "../sessions.js";

const SHOWN = 12;

/** @param {() => void} again */
export function latestPanel(again) {
  const rows = h("ol", { class: "sessions" });
  const more = h("button", { type: "button", class: "button", on: { click: () => openSessions({}) } });
  /** @type {import("../panel.js").Spec<SessionPage>} */
  const spec = {
    id: "latest",
    heading: () => words().latestHeading,
    help: () => words().latestHelp,
    load: (round) => {
      const params = { bot: round.bot, from: round.range.from, to: round.range.to, limit: String(SHOWN) };
      return round.once("sessions", () => get("sessions", params), params);
    },
    body: h("div", null, rows, more),
    isEmpty: (page) => page.total === 0,
    draw: (page) => {
      replace(
        rows,
        page.sessions.map((session) => h("li", null, sessionRow(session, openSession))),
      );
      more.hidden = page.total <= page.sessions.length;
      more.textContent = words().showAll(format.number(page.total));
    },
  };
  return new Panel(spec, again);
}
