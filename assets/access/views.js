// A page of several views: one at a time, named by the fragment of the address.

import { learn } from "../dashboard/account.js";
import { accountMenu } from "../dashboard/account_menu.js";
import { byId, h, icon, replace } from "../dashboard/dom.js";
import { setZone } from "../dashboard/format.js";
import { language, words } from "../dashboard/i18n.js";
import { looks } from "../dashboard/look.js";
import { menu } from "../dashboard/menu.js";
import { applyTheme } from "../dashboard/theme.js";
import { refusal } from "./refusal.js";
import { say } from "./say.js";
import { Toast } from "./toast.js";

/** @typedef {(done: string) => void} Again asks anew, and says what has been done */
/**
 * @template T
 * @typedef {{
 *   load: () => Promise<T>,
 *   help: () => string,
 *   tools?: (data: T, again: Again) => Node[],
 *   draw: (data: T, again: Again) => (Node | null)[],
 *   shown?: (data: T, again: Again) => void,
 *   everyMs?: (data: T) => number,
 * }} View `shown` opens what the address asks for besides the view, once this stands; `everyMs` is after how long it is
 *   drawn anew by itself, while no one fills in a form
 */
/**
 * @typedef {{
 *   views: Record<string, View<any>>,
 *   offered: () => string[],
 *   named: (view: string) => string,
 *   title: () => string,
 *   skip: () => string,
 *   redraw?: () => void,
 * }} Page `offered` are those for whoever looks, the usual one first; `redraw` draws what does not follow the light by itself
 */

export class Views {
  #place = byId("view");
  #done = new Toast(byId("done"));
  #banner = byId("banner");
  #turn = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    addEventListener("hashchange", () => {
      if (!location.hash.slice(1) || location.hash === "#view") return;
      this.#frame();
      this.#done.clear();
      void this.#show();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#dress());
    // Times are those of whoever looks: nothing here is counted by a bot's days.
    setZone(Intl.DateTimeFormat().resolvedOptions().timeZone);
  }

  async begin() {
    applyTheme();
    try {
      await learn();
    } catch {
      // The view says so.
    }
    this.#speak();
  }

  #dress() {
    applyTheme();
    this.page.redraw?.();
  }

  #chosen() {
    const offered = this.page.offered();
    const [asked] = location.hash.slice(1).split("=", 1);
    return offered.find((name) => name === asked) ?? offered[0] ?? "";
  }

  #frame() {
    const { title, skip, named, offered } = this.page;
    document.documentElement.lang = language();
    document.title = `${title()} · NovaHouse`;
    byId("skip").textContent = skip();
    const complain = (/** @type {string} */ text) => {
      this.#banner.textContent = text;
      this.#banner.hidden = false;
    };
    replace(
      byId("top"),
      h(
        "div",
        { class: "top" },
        h("a", { class: "button ghost", href: "/dashboard.html", id: "to-dashboard" }, icon("back"), say().dashboard),
        h("h1", null, h("span", { class: "wordmark wide-only" }, "NovaHouse "), title()),
        h("span", { class: "grow" }),
        accountMenu(complain),
        menu(words().more, () =>
          looks(
            () => this.#speak(),
            () => this.page.redraw?.(),
          ),
        ),
      ),
    );
    const nav = byId("views");
    nav.setAttribute("aria-label", title());
    nav.hidden = offered().length < 2;
    const chosen = this.#chosen();
    replace(
      nav,
      offered().map((name) =>
        h(
          "a",
          { href: `#${name}`, "aria-current": name === chosen ? "page" : undefined, "data-key": `view ${name}` },
          named(name),
        ),
      ),
    );
  }

  #speak() {
    this.#frame();
    this.#done.clear();
    void this.#show();
  }

  /** Shows the view, from what there is now. @param {string} [said] what has been done */
  async #show(said = "") {
    const mine = ++this.#turn;
    clearTimeout(this.#timer);
    const place = this.#place;
    const name = this.#chosen();
    const view = this.page.views[name];
    if (!view) return;
    if (place.dataset["view"] !== name) replace(place, h("p", { class: "quiet" }, words().loading));
    place.setAttribute("aria-busy", "true");
    /** @type {Again} */
    const again = (text) => {
      this.#done.clear();
      void this.#show(text);
    };
    let everyMs = 0;
    let open = () => {};
    try {
      await learn();
      if (mine !== this.#turn) return;
      // He may be someone with fewer rights by now.
      if (name !== this.#chosen()) return this.#speak();
      const data = await view.load();
      if (mine !== this.#turn) return;
      const tools = view.tools?.(data, again) ?? [];
      replace(place, this.#head(name, view.help(), tools), view.draw(data, again));
      everyMs = view.everyMs?.(data) ?? 0;
      open = () => view.shown?.(data, again);
    } catch (error) {
      if (mine !== this.#turn) return;
      replace(place, this.#head(name, "", []), failure(error, again));
    }
    place.dataset["view"] = name;
    place.setAttribute("aria-busy", "false");
    if (said) this.#done.tell(said);
    open();
    if (everyMs) this.#timer = setTimeout(() => this.#look(everyMs), everyMs);
  }

  /** @param {number} everyMs */
  #look(everyMs) {
    const rests = document.hidden || document.querySelector("dialog[open]") !== null;
    if (!rests) return void this.#show();
    this.#timer = setTimeout(() => this.#look(everyMs), everyMs);
  }

  /** @param {string} name @param {string} help @param {Node[]} tools */
  #head(name, help, tools) {
    const text = h("div", null, h("h2", null, this.page.named(name)), help ? h("p", { class: "quiet" }, help) : null);
    return h("header", { class: "view-head" }, text, h("div", { class: "view-tools" }, tools));
  }
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
