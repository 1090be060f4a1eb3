// The sheet over the page: the sessions behind a figure, one session from first to last, and what happens now.

import { byId, h, icon, replace } from "./dom.js";
import { words } from "./i18n.js";
import { exports, menu } from "./menu.js";
import { LiveView } from "./live.js";
import { SessionList } from "./sessions.js";
import { go, state } from "./state.js";
import { TranscriptView } from "./transcript.js";

export class Sheet {
  /** What opened it. @type {Place | null} */
  #opener = null;
  #session = "";

  /** @param {() => { range: DayRange, bot: string }} about */
  constructor(about) {
    this.list = new SessionList(about);
    this.transcript = new TranscriptView(about, () => this.refresh());
    this.live = new LiveView(about);
    this.title = h("h2", { id: "sheet-title" });
    this.close = h(
      "button",
      { type: "button", class: "button ghost square", on: { click: () => this.#close() } },
      icon("close"),
    );
    this.left = h("div", { class: "sheet-list" });
    this.right = h("div", { class: "sheet-detail" }, this.transcript.element);
    this.tools = h("span", { class: "sheet-tools" });
    this.body = h("div", { class: "sheet-body" }, this.left, this.right);
    const head = h("div", { class: "sheet-head" }, this.title, this.tools, this.close);
    this.element = h("dialog", { class: "sheet", "aria-labelledby": "sheet-title" }, head, this.body);
    this.element.addEventListener("cancel", (event) => {
      event.preventDefault();
      // The way back of a phone leads to the list first.
      if (state().session && isNarrow()) go({ session: "" });
      else this.#close();
    });
    // A click beside the sheet is one on the dialog itself.
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element) this.#close();
    });
  }

  #close() {
    go({ sheet: "", session: "", filters: {} });
  }

  /** Shows what the state says. */
  update() {
    const { sheet, session } = state();
    if (!sheet) {
      this.live.stop();
      if (this.element.open) this.#hide();
      return;
    }
    this.title.textContent = sheet === "live" ? words().liveHeading : words().sessionsHeading;
    this.close.setAttribute("aria-label", words().close);
    this.close.title = words().close;
    replace(
      this.tools,
      sheet === "sessions"
        ? menu(words().exportAs(words().sessionsHeading), () => exports(() => this.list.table()))
        : null,
    );
    const view = sheet === "live" ? this.live : this.list;
    if (this.left.firstChild !== view.element) replace(this.left, view.element);
    if (sheet === "live") this.live.start();
    else {
      this.live.stop();
      this.list.update();
    }
    const before = this.#session;
    this.#session = session;
    this.element.classList.toggle("has-session", session !== "");
    this.transcript.update(session);
    if (!this.element.open) this.#show();
    else if (isNarrow() && before !== session) this.#cross(before);
  }

  #show() {
    const banner = document.querySelector(".banner");
    this.#opener = placeOf(document.activeElement);
    // Nothing of the page can be read through the sheet: what everybody has to know comes along.
    if (banner) this.body.before(banner);
    this.element.showModal();
  }

  #hide() {
    const banner = this.element.querySelector(".banner");
    if (banner) byId("main").prepend(banner);
    this.#session = "";
    this.element.close();
    // The page may have been drawn anew since.
    const now = document.activeElement;
    if (this.#opener && (!now || now === document.body || this.element.contains(now))) stand(this.#opener);
    this.#opener = null;
  }

  /** Where only one of the two has room, the focus goes along. @param {string} before the session left */
  #cross(before) {
    if (this.element.contains(document.activeElement) && document.activeElement?.checkVisibility()) return;
    const row = this.left.querySelector(`[data-session="${CSS.escape(before)}"]`);
    const to = this.#session ? this.right.querySelector(".back") : (row ?? this.close);
    if (to instanceof HTMLElement) to.focus();
  }

  /** What may have changed with time. */
  refresh() {
    if (!this.element.open) return;
    if (state().sheet === "sessions") void this.list.refresh();
    void this.transcript.refresh();
  }
}

function isNarrow() {
  return matchMedia("(max-width: 1000px)").matches;
}

/** @typedef {{ panel: string, key: string }} Place */

/** Where someone stands, as it can be found again when the page has been drawn anew. @param {Element | null} element */
function placeOf(element) {
  if (!(element instanceof HTMLElement) || element === document.body) return null;
  return { panel: element.closest(".panel")?.id ?? "", key: element.dataset["key"] ?? "" };
}

/** @param {Place} place */
function stand({ panel, key }) {
  const within = (panel && document.getElementById(panel)) || document.body;
  const same = key ? within.querySelector(`[data-key="${CSS.escape(key)}"]`) : null;
  const to = same ?? within.querySelector("h2");
  if (!(to instanceof HTMLElement)) return;
  if (!same) to.tabIndex = -1;
  to.focus({ preventScroll: same !== null });
}
