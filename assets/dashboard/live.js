// Sessions as they happen, by server-sent events. The browser comes back by itself after a break; where it gives up (an
// answer that is no stream), the page tries again.

import { get } from "./api.js";
import { h, icon, replace } from "./dom.js";
import { format } from "./format.js";
import { words } from "./i18n.js";
import { go, state } from "./state.js";

/** Sessions shown, the latest ones. */
const SHOWN_MAX = 60;
const AGAIN_MS = 3000;

/** @typedef {{ id: string, notes: LiveNote[], lead: boolean, at: number }} LiveSession */

export class LiveView {
  /** @type {EventSource | null} */
  #source = null;
  #bot = "";
  #again = 0;
  /** @type {Map<string, LiveSession>} */
  #sessions = new Map();

  /** @param {() => { bot: string }} about */
  constructor(about) {
    this.about = about;
    this.status = h("p", { class: "live-status", role: "status" });
    this.rows = h("ol", { class: "sessions live" });
    this.element = h("div", { class: "session-list" }, this.status, this.rows);
  }

  start() {
    const { bot } = this.about();
    if (this.#source && this.#bot === bot) {
      this.#draw();
      return;
    }
    this.stop();
    if (this.#bot !== bot) this.#sessions.clear();
    this.#bot = bot;
    this.#status("waiting", words().loading);
    this.#draw();
    this.#connect();
  }

  stop() {
    clearTimeout(this.#again);
    this.#source?.close();
    this.#source = null;
  }

  #connect() {
    const source = new EventSource(`/api/live?${new URLSearchParams({ bot: this.#bot })}`);
    this.#source = source;
    source.addEventListener("open", () => this.#status("open", words().liveOpen));
    source.addEventListener("note", (event) => this.#take(JSON.parse(event.data)));
    source.addEventListener("missed", () => this.#status("open", words().liveMissed));
    source.addEventListener("left_out", () => this.#status("open", words().liveMissed));
    source.addEventListener("error", () => {
      this.#status("lost", words().liveLost);
      if (source.readyState !== EventSource.CLOSED) return;
      this.stop();
      // A stream does not say why it was refused. Where someone has to log in again, any other question leads him there.
      get("bots").catch(() => {});
      this.#again = setTimeout(() => this.#connect(), AGAIN_MS);
    });
  }

  /** @param {"waiting" | "open" | "lost"} how @param {string} text */
  #status(how, text) {
    replace(this.status, h("span", { class: `dot ${how}` }), text);
  }

  /** @param {LiveNote} note */
  #take(note) {
    const known = this.#sessions.get(note.session_id) ?? { id: note.session_id, notes: [], lead: false, at: 0 };
    this.#sessions.delete(note.session_id);
    const notes = note.type === "message" ? [...known.notes, note].slice(-2) : known.notes;
    this.#sessions.set(note.session_id, {
      id: note.session_id,
      notes,
      lead: known.lead || note.type === "lead" || note.contact === true,
      at: Date.parse(note.timestamp),
    });
    const oldest = this.#sessions.keys().next().value;
    if (this.#sessions.size > SHOWN_MAX && oldest !== undefined) this.#sessions.delete(oldest);
    this.#draw();
  }

  #draw() {
    replace(
      this.rows,
      [...this.#sessions.values()].reverse().map((session) => h("li", null, row(session))),
    );
  }
}

/** @param {LiveSession} session */
function row(session) {
  const open = () => go({ session: session.id });
  const said = session.notes.flatMap((note) => [
    note.user_message ? h("span", { class: "live-said clip" }, note.user_message) : null,
    h(
      "span",
      { class: "live-answer clip" },
      note.success === false ? icon("warning") : null,
      note.bot_response ?? "",
      note.intent
        ? h("span", { class: `tag ${note.success === false ? "bad" : ""}`, title: note.intent }, note.intent)
        : null,
    ),
  ]);
  return h(
    "button",
    {
      type: "button",
      class: "session-row",
      "data-key": `live ${session.id}`,
      "data-session": session.id,
      "aria-current": String(state().session === session.id),
      on: { click: open },
    },
    h(
      "span",
      { class: "session-top" },
      h("span", { class: "clip session-who" }, session.id),
      session.lead ? h("span", { class: "badge good" }, icon("lead"), words().liveLead) : null,
      h("time", null, format.timeExact(session.at)),
    ),
    said,
  );
}
