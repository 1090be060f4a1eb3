// The settings: who may do what. One view at a time, named by the fragment of the address.

import { account, isAdmin, learn } from "../dashboard/account.js";
import { accountMenu } from "../dashboard/account_menu.js";
import { byId, h, icon, replace } from "../dashboard/dom.js";
import { setZone } from "../dashboard/format.js";
import { language, words } from "../dashboard/i18n.js";
import { looks } from "../dashboard/look.js";
import { menu } from "../dashboard/menu.js";
import { applyTheme } from "../dashboard/theme.js";
import { audit } from "./audit.js";
import { first } from "./first.js";
import { kept } from "./kept.js";
import { keys } from "./keys.js";
import { logins } from "./logins.js";
import { own } from "./own.js";
import { refusal } from "./refusal.js";
import { say } from "./say.js";
import { users } from "./users.js";

/** @typedef {(done: string) => void} Again asks anew, and says what has been done */
/**
 * @template T
 * @typedef {{
 *   load: () => Promise<T>,
 *   help: () => string,
 *   tools?: (data: T, again: Again) => Node[],
 *   draw: (data: T, again: Again) => (Node | null)[],
 * }} View
 */

/** @type {Record<keyof ReturnType<typeof say>["views"], View<any>>} */
const VIEWS = { users, keys, logins, kept, audit, account: own, first };

const place = byId("view");
const done = byId("done");
const banner = byId("banner");
let turn = 0;

/** Those that are for whoever looks, the usual one first. */
function offered() {
  const { open } = account();
  /** @type {(keyof typeof VIEWS)[]} */
  const all = open
    ? ["first", "kept"]
    : isAdmin()
      ? ["users", "keys", "logins", "kept", "audit", "account"]
      : ["account"];
  return all;
}

function chosen() {
  const named = offered().find((name) => `#${name}` === location.hash);
  return named ?? offered()[0] ?? "account";
}

function frame() {
  document.documentElement.lang = language();
  document.title = `${say().settings} · NovaHouse`;
  byId("skip").textContent = say().skip;
  const complain = (/** @type {string} */ text) => {
    banner.textContent = text;
    banner.hidden = false;
  };
  replace(
    byId("top"),
    h(
      "div",
      { class: "top" },
      h("a", { class: "button ghost", href: "/dashboard.html", id: "to-dashboard" }, icon("back"), say().dashboard),
      h("h1", null, h("span", { class: "wordmark wide-only" }, "NovaHouse "), say().settings),
      h("span", { class: "grow" }),
      accountMenu(complain),
      menu(words().more, () => looks(speak)),
    ),
  );
  const nav = byId("views");
  nav.setAttribute("aria-label", say().settings);
  nav.hidden = offered().length < 2;
  replace(
    nav,
    offered().map((name) =>
      h(
        "a",
        { href: `#${name}`, "aria-current": name === chosen() ? "page" : undefined, "data-key": `view ${name}` },
        say().views[name],
      ),
    ),
  );
}

function speak() {
  frame();
  void show("");
}

/** Shows the view, from what there is now. @param {string} said what has been done */
async function show(said) {
  const mine = ++turn;
  const name = chosen();
  const view = VIEWS[name];
  if (place.dataset["view"] !== name) replace(place, h("p", { class: "quiet" }, words().loading));
  place.setAttribute("aria-busy", "true");
  /** @type {Again} */
  const again = (text) => void show(text);
  try {
    await learn();
    if (mine !== turn) return;
    // He may be no admin any more.
    if (name !== chosen()) return speak();
    const data = await view.load();
    if (mine !== turn) return;
    const tools = view.tools?.(data, again) ?? [];
    replace(place, head(name, view.help(), tools), view.draw(data, again));
  } catch (error) {
    if (mine !== turn) return;
    replace(place, head(name, "", []), failure(error, again));
  }
  place.dataset["view"] = name;
  place.setAttribute("aria-busy", "false");
  done.textContent = said;
}

/** @param {keyof typeof VIEWS} name @param {string} help @param {Node[]} tools */
function head(name, help, tools) {
  const text = h("div", null, h("h2", null, say().views[name]), help ? h("p", { class: "quiet" }, help) : null);
  return h("header", { class: "view-head" }, text, h("div", { class: "view-tools" }, tools));
}

/** @param {unknown} error @param {Again} again */
function failure(error, again) {
  const retry = h("button", { type: "button", class: "button", on: { click: () => again("") } }, words().tryAgain);
  return h(
    "div",
    { class: "view-failure", role: "alert" },
    h("p", null, say().failed, " ", refusal(error).text),
    retry,
  );
}

addEventListener("hashchange", () => {
  if (!location.hash.slice(1) || location.hash === "#view") return;
  frame();
  void show("");
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);

applyTheme();
// Times are those of whoever looks: nothing here is counted by a bot's days.
setZone(Intl.DateTimeFormat().resolvedOptions().timeZone);
try {
  await learn();
} catch {
  // The view says so.
}
speak();
