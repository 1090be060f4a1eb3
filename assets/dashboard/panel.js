// A part of the page with its own answers: it loads, fails and comes back by itself, and keeps its place meanwhile.

import { Unreachable } from "./api.js";
import { save } from "./download.js";
import { h, icon, replace } from "./dom.js";
import { format } from "./format.js";
import { words } from "./i18n.js";
import { entry, exports, menu } from "./menu.js";
import { tableOf } from "./table.js";

/**
 * @template T
 * @typedef {{
 *   id: string,
 *   heading: (data: T | null) => string,
 *   help: (data: T | null) => string,
 *   load: (round: import("./api.js").Round) => Promise<T>,
 *   body: HTMLElement,
 *   draw: (data: T, round: import("./api.js").Round) => void,
 *   isEmpty: (data: T) => boolean,
 *   table?: (data: T, round: import("./api.js").Round) => Table,
 *   whole?: (data: T, round: import("./api.js").Round) => Promise<Table>,
 *   chart?: import("./charts.js").Chart,
 *   follows?: boolean,
 *   about?: () => unknown,
 *   controls?: HTMLElement,
 *   choose?: () => void,
 *   notes?: (data: T) => (string | false)[],
 *   pick?: (row: number, data: T, round: import("./api.js").Round) => void,
 *   canPick?: () => boolean,
 * }} Spec `whole` is what is taken away where that is more than is shown; `follows` says that what it draws depends on the page's state, not only on its answers;
 * `about` is what of the state its question depends on; `controls` are always there, and `choose` draws them
 */

/** @template T */
export class Panel {
  /** @type {T | null} */
  #data = null;
  /** @type {import("./api.js").Round | null} */
  #round = null;
  #shown = "";
  #asked = 0;
  /** What of the page's state the answers are about, and what was asked for last. */
  #about = "";
  #askedAbout = "";
  #loadedAt = 0;
  #asTable = false;

  /** @param {Spec<T>} spec @param {() => void} again */
  constructor(spec, again) {
    this.spec = spec;
    this.again = again;
    this.title = h("h2", { id: `${spec.id}-title` });
    this.help = h("p", { class: "help" });
    this.notes = h("p", { class: "notes", role: "status" });
    this.message = h("div", { class: "message", hidden: true });
    spec.body.classList.add("panel-body");
    this.flat = h("div", { class: "flat", hidden: true });
    this.tools = h("div", { class: "tools" });
    const head = h("header", { class: "panel-head" }, h("div", null, this.title, this.help), this.tools);
    this.element = h(
      "section",
      { class: "panel is-loading", id: spec.id, "aria-labelledby": `${spec.id}-title`, "aria-busy": "true" },
      head,
      ...(spec.controls ? [spec.controls] : []),
      this.message,
      spec.body,
      this.flat,
      this.notes,
    );
    this.words();
  }

  /** In the language of now. */
  words() {
    this.tools.replaceChildren(...(this.spec.table ? [this.#menu()] : []));
    this.#shown = "";
    this.spec.choose?.();
    this.#render();
  }

  /** Draws what is there anew: the page's state has changed, and the answers have not. */
  restate() {
    this.#shown = "";
    this.#render();
  }

  /** @param {import("./api.js").Round} round */
  async refresh(round) {
    const mine = ++this.#asked;
    const about = this.#stateOfNow();
    this.#askedAbout = about;
    try {
      const data = await this.spec.load(round);
      // An older question may be answered last.
      if (mine !== this.#asked) return;
      this.#data = data;
      this.#round = round;
      this.#about = about;
      this.spec.choose?.();
      this.#loadedAt = Date.now();
      this.#render();
    } catch (error) {
      if (mine !== this.#asked) return;
      this.#failed(error, round, about);
    } finally {
      if (mine === this.#asked) this.#stand();
    }
  }

  #stateOfNow() {
    return JSON.stringify(this.spec.about?.() ?? null);
  }

  /** Asks again where the page is about something else now. @param {import("./api.js").Round} round */
  follow(round) {
    if (this.#stateOfNow() === this.#askedAbout) return;
    this.spec.choose?.();
    this.fade();
    void this.refresh(round);
  }

  #stand() {
    this.element.classList.remove("is-loading");
    this.element.setAttribute("aria-busy", "false");
  }

  /** Asked for something else: what is there no longer answers it. */
  fade() {
    this.element.setAttribute("aria-busy", "true");
    if (!this.#data) this.element.classList.add("is-loading");
  }

  #menu() {
    const turned = () => (this.#asTable ? words().asChart : words().asTable);
    return menu(words().exportAs(this.spec.heading(this.#data)), () => [
      Boolean(this.spec.chart) && entry(turned(), () => this.#turn()),
      ...this.exports(),
      Boolean(this.spec.chart) && entry(words().asPng, () => this.#picture()),
    ]);
  }

  /** The ways to take its table away. */
  exports() {
    return exports(() => this.#whole());
  }

  async #whole() {
    const { table, whole } = this.spec;
    if (this.#data === null || !this.#round) return null;
    try {
      if (whole) return await whole(this.#data, this.#round);
    } catch {
      // A part of it would pass for all.
      this.#note(words().exportFailed);
      return null;
    }
    return table ? table(this.#data, this.#round) : null;
  }

  #picture() {
    const round = this.#round;
    if (!round) return;
    const lines = [`${format.days(round.range)} · ${round.bot}`];
    const drawn = this.spec.chart?.picture({ title: this.spec.heading(this.#data), lines });
    drawn?.toBlob((picture) => picture && save(`${this.spec.id}.png`, picture), "image/png");
  }

  #turn() {
    this.#asTable = !this.#asTable;
    this.#shown = "";
    this.#render();
  }

  #render() {
    const data = this.#data;
    this.title.textContent = this.spec.heading(data);
    this.help.textContent = this.spec.help(data);
    if (data === null || !this.#round) return;
    const empty = this.spec.isEmpty(data);
    replace(this.message, empty ? h("p", { class: "empty-note" }, words().nothing) : null);
    this.message.hidden = !empty;
    this.spec.body.hidden = empty || this.#asTable;
    this.flat.hidden = empty || !this.#asTable;
    this.element.classList.remove("is-failed");
    this.#note(...(this.spec.notes?.(data) ?? []));
    // What has not changed stays as it is, with whatever someone has opened or selected in it.
    const print = JSON.stringify(data);
    if (empty || print === this.#shown) return;
    this.#shown = print;
    if (this.#asTable && this.spec.table) {
      const pick = this.spec.canPick?.() === false ? undefined : this.spec.pick;
      const round = this.#round;
      replace(this.flat, tableOf(this.spec.table(data, round), pick && ((row) => pick(row, data, round))));
    } else {
      this.spec.draw(data, this.#round);
    }
  }

  /** @param {...(string | false)} texts */
  #note(...texts) {
    this.notes.textContent = texts.filter((text) => text !== false).join(" ");
  }

  /** @param {unknown} error @param {import("./api.js").Round} round @param {string} about */
  #failed(error, round, about) {
    const sameQuestion =
      this.#round?.bot === round.bot &&
      this.#round.range.from === round.range.from &&
      this.#round.range.to === round.range.to &&
      this.#about === about;
    if (this.#data && sameQuestion) {
      // That the server is gone is said once for all.
      if (!(error instanceof Unreachable)) this.#note(words().panelOld(format.timeHere(this.#loadedAt)));
      return;
    }
    this.#data = null;
    this.#shown = "";
    const sentence =
      error instanceof Unreachable ? words().noAnswer : error instanceof Error ? error.message : String(error);
    const again = h(
      "button",
      { type: "button", class: "button", on: { click: this.again } },
      icon("refresh"),
      words().tryAgain,
    );
    replace(
      this.message,
      h(
        "div",
        { class: "failure" },
        icon("warning"),
        h("p", null, h("b", null, words().panelFailed), " ", sentence),
        again,
      ),
    );
    this.message.hidden = false;
    this.spec.body.hidden = true;
    this.flat.hidden = true;
    this.element.classList.add("is-failed");
    this.#note();
  }
}
