// The sheet over the page: the sessions behind a figure, one session from first to last, and what happens now.

import { h, icon, replace } from "./dom.js";
import { words } from "./i18n.js";
import { exports, menu } from "./menu.js";
import { LiveView } from "./live.js";
import { SessionList } from "./sessions.js";
import { go, state } from "./state.js";
import { TranscriptView } from "./transcript.js";

export class Sheet {
  /** @param {() => { range: DayRange, bot: string }} about */
  constructor(about) {
    this.list = new SessionList(about);
    this.transcript = new TranscriptView(about);
    this.live = new LiveView(about);
    this.title = h("h2", { id: "sheet-title" });
    this.close = h(
      "button",
      { type: "button", class: "button ghost square", on: { click: () => this.#leave() } },
      icon("close"),
    );
    this.left = h("div", { class: "sheet-list" });
    this.right = h("div", { class: "sheet-detail" }, this.transcript.element);
    this.tools = h("span", { class: "sheet-tools" });
    const head = h("div", { class: "sheet-head" }, this.title, this.tools, this.close);
    this.element = h(
      "dialog",
      { class: "sheet", "aria-labelledby": "sheet-title" },
      head,
      h("div", { class: "sheet-body" }, this.left, this.right),
    );
    this.element.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#leave();
    });
    // A click beside the sheet is one on the dialog itself.
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element) this.#leave();
    });
  }

  #leave() {
    const narrow = matchMedia("(max-width: 1000px)").matches;
    if (state().session && narrow) go({ session: "" });
    else go({ sheet: "", session: "", filters: {} });
  }

  /** Shows what the state says. */
  update() {
    const { sheet, session } = state();
    if (!sheet) {
      this.live.stop();
      if (this.element.open) this.element.close();
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
    this.element.classList.toggle("has-session", session !== "");
    this.transcript.update(session);
    if (!this.element.open) this.element.showModal();
  }

  /** What may have changed with time. */
  refresh() {
    if (!this.element.open) return;
    if (state().sheet === "sessions") void this.list.refresh();
  }
}
