// What became of users, keys and logins.

import { get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { badge, nothing, row } from "./rows.js";
import { say } from "./say.js";

const AT_FIRST = 100;
/** As many as the server gives. */
const AT_MOST = 1000;

/** What people do to no one but themselves. */
const OWN = ["login", "logout", "password changed"];

let shown = AT_FIRST;

/** @type {import("./views.js").View<AuditEntry[]>} */
export const audit = {
  load: async () => (await get("access/audit", { limit: String(shown) })).entries,
  help: () => say().auditHelp,
  draw: (entries, again) => [
    entries.length === 0 ? nothing(say().noAudit, say().noAuditText) : null,
    h("ol", { class: "rows record" }, entries.map(entryRow)),
    entries.length < shown || shown === AT_MOST ? null : more(again),
  ],
};

/** @param {import("./views.js").Again} again */
function more(again) {
  const click = () => {
    shown = AT_MOST;
    again("");
  };
  return h("button", { type: "button", class: "button", on: { click } }, say().showMore);
}

/** @param {AuditEntry} entry @param {number} place */
function entryRow(entry, place) {
  const { action, target, outcome } = entry;
  const failed = outcome !== "success";
  const known = /** @type {Record<string, string>} */ (say().actions)[action] ?? action;
  const what = failed && action === "login" ? say().triedAs : known;
  const whom = target === null ? null : named(target);
  // What someone did to no one but himself is about him.
  const isOwn = whom === null && OWN.includes(action);
  const about = isOwn ? nameOf(entry.actor) : whom;
  const out = outcome.includes("locked out") ? say().lockedOut : action === "login" ? null : outcome;
  return row({
    key: String(place),
    name: about === null ? what : `${what}: ${about}`,
    badges: [failed && out ? badge(out, "bad") : null],
    facts: [
      format.momentLong(entry.time),
      isOwn ? null : say().by(nameOf(entry.actor)),
      entry.address ? say().from(entry.address) : null,
      entry.before === undefined ? null : `${entry.before} → ${entry.after}`,
    ],
  });
}

/** What the record says of no name. @param {string} target */
function named(target) {
  const { noSuchName, allRules } = say();
  return (
    /** @type {Record<string, string>} */ ({ "a name that no user has": noSuchName, "all rules": allRules })[target] ??
    target
  );
}

/** Of whom the record names. @param {string} actor */
export function nameOf(actor) {
  if (actor === "command line") return say().commandLine;
  if (actor === "a stranger") return say().stranger;
  if (actor.startsWith("anyone,")) return say().anyone;
  if (actor.startsWith("key ")) return say().byKey(actor.slice("key ".length));
  return actor;
}
