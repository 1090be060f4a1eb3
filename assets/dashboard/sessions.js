// The list of sessions: those that began in the range and match the filters, newest first.

import { get, Unreachable } from "./api.js";
import { h, icon, replace } from "./dom.js";
import { asked, byOf, dayName, inForce } from "./filters.js";
import { ASK_AGAIN_MS, faultOf } from "./fault.js";
import { format } from "./format.js";
import { words } from "./i18n.js";
import { go, state } from "./state.js";

const PER_PAGE = 50;
/** How long to wait for more letters. */
const TYPING_MS = 350;
const SENTIMENTS = ["positive", "neutral", "negative"];

export class SessionList {
  #question = "";
  /** @type {Session[]} */
  #sessions = [];
  #total = 0;
  #matches = 0;
  /** @type {string | null} */
  #next = null;
  /** Answers to an older question come to nothing. */
  #turn = 0;
  #typing = 0;
  #again = 0;
  #failed = false;

  /** @param {() => { range: DayRange, bot: string }} about */
  constructor(about) {
    this.about = about;
    this.search = h("input", {
      type: "search",
      class: "field",
      id: "session-search",
      on: { input: () => this.#type() },
    });
    this.sentiment = h("select", {
      class: "field",
      on: { change: () => this.#set("sentiment", this.sentiment.value) },
    });
    this.lead = h("select", { class: "field", on: { change: () => this.#set("lead", this.lead.value) } });
    this.chips = h("div", { class: "chips" });
    this.count = h("p", { class: "session-count", role: "status" });
    this.rows = h("ol", { class: "sessions" });
    this.more = h("button", {
      type: "button",
      class: "button",
      hidden: true,
      on: { click: () => void this.#load(this.#next) },
    });
    const controls = h("div", { class: "session-controls" }, this.search, this.sentiment, this.lead);
    this.element = h("div", { class: "session-list" }, controls, this.chips, this.count, this.rows, this.more);
  }

  update() {
    this.#controls();
    const { range, bot } = this.about();
    const question = JSON.stringify({ bot, ...asked(state().filters, range) });
    if (question !== this.#question) {
      this.#question = question;
      this.#sessions = [];
      this.count.textContent = words().loading;
      replace(this.rows);
      void this.#load(null);
    } else this.#mark();
  }

  /** The first page again; who has paged on is left in peace. */
  async refresh() {
    if (this.#sessions.length <= PER_PAGE || this.#failed) await this.#load(null);
  }

  /** Those listed, to take away. @returns {Table} */
  table() {
    /** @type {(keyof Session)[]} */
    const head = [
      "session_id",
      "user_id",
      "first_interaction",
      "last_interaction",
      "total_messages",
      "session_duration_seconds",
      "device_type",
      "browser",
      "referrer",
      "conversion_event",
    ];
    const rows = this.#sessions.map((session) => [
      ...head.map((name) => /** @type {string | number | null} */ (session[name])),
      session.lead ? "true" : "false",
    ]);
    return { name: "sessions", head: [...head, "lead"], rows };
  }

  /** In the language of now. */
  words() {
    this.#question = "";
  }

  #controls() {
    const { filters } = state();
    this.search.setAttribute("aria-label", words().searchMessages);
    this.search.placeholder = words().searchMessages;
    if (document.activeElement !== this.search) this.search.value = filters["q"] ?? "";
    const option = (
      /** @type {string} */ value,
      /** @type {string} */ text,
      /** @type {string | undefined} */ chosen,
    ) => h("option", { value, selected: value === (chosen ?? "") }, text);
    this.sentiment.setAttribute("aria-label", words().sentiment);
    // Visits, leads and places have none.
    this.sentiment.disabled = !["start", "exchange"].includes(byOf(filters));
    replace(
      this.sentiment,
      option("", words().anySentiment, filters["sentiment"]),
      SENTIMENTS.map((name) => option(name, words().sentimentName(name), filters["sentiment"])),
    );
    this.lead.setAttribute("aria-label", words().lead);
    replace(
      this.lead,
      option("", words().anyLead, filters["lead"]),
      option("true", words().withLead, filters["lead"]),
      option("false", words().withoutLead, filters["lead"]),
    );
    const range = h(
      "span",
      { class: "chip still" },
      filters["day"] ? dayName(filters["day"]) : format.days(this.about().range),
    );
    const chips = inForce(filters).map(({ name, label }) => this.#chip(name, label(filters[name] ?? "")));
    replace(this.chips, filters["day"] ? null : range, chips);
  }

  /** @param {string} name @param {string} label */
  #chip(name, label) {
    const remove = (/** @type {MouseEvent} */ event) => {
      const place = [...this.chips.querySelectorAll("button")].indexOf(
        /** @type {HTMLButtonElement} */ (event.currentTarget),
      );
      this.#set(name, "");
      const left = this.chips.querySelectorAll("button");
      // A finger has no focus to lose, and wants no keyboard over half the screen.
      (left[Math.min(place, left.length - 1)] ?? (event.detail === 0 ? this.search : null))?.focus();
    };
    return h(
      "button",
      {
        type: "button",
        class: "chip",
        "data-key": `chip ${name}`,
        "aria-label": words().removeFilter(label),
        on: { click: remove },
      },
      h("span", { class: "clip" }, label),
      icon("close"),
    );
  }

  #type() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#set("q", this.search.value.trim(), true), TYPING_MS);
  }

  /** @param {string} name @param {string} value @param {boolean} [quietly] */
  #set(name, value, quietly) {
    const { [name]: _, ...rest } = state().filters;
    const filters = value ? { ...rest, [name]: value } : rest;
    // What belongs to another list goes with it.
    const kept = Object.fromEntries(inForce(filters).map((filter) => [filter.name, filters[filter.name] ?? ""]));
    go({ filters: kept }, { replace: quietly === true });
  }

  /** @param {string | null} cursor */
  async #load(cursor) {
    const turn = ++this.#turn;
    clearTimeout(this.#again);
    const { range, bot } = this.about();
    /** @type {Record<string, string>} */
    const params = { bot, limit: String(PER_PAGE), ...asked(state().filters, range) };
    if (cursor) params["cursor"] = cursor;
    try {
      /** @type {SessionPage} */
      const page = await get("sessions", params);
      if (turn !== this.#turn) return;
      this.#failed = false;
      this.#sessions = cursor ? [...this.#sessions, ...page.sessions] : page.sessions;
      this.#total = page.total;
      this.#matches = page.matches;
      this.#next = page.next_cursor;
      this.#draw();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#failed = true;
      this.count.textContent = faultOf(error);
      if (error instanceof Unreachable) this.#again = setTimeout(() => void this.#load(cursor), ASK_AGAIN_MS);
    }
  }

  #draw() {
    this.count.textContent = this.#total === 0 ? words().noSessions : this.#counted();
    replace(
      this.rows,
      this.#sessions.map((session) =>
        h(
          "li",
          null,
          sessionRow(session, (id) => go({ session: id })),
        ),
      ),
    );
    this.more.hidden = this.#next === null;
    this.more.textContent = words().showMore;
    this.#mark();
  }

  /** As many sessions, with as many of what brings them into the list: the figure that one comes from. */
  #counted() {
    const sessions = words().sessionsFound(this.#total);
    switch (byOf(state().filters)) {
      case "exchange":
        return `${sessions} · ${words().conversations(this.#matches)}`;
      case "visit":
        return `${sessions} · ${words().visits(this.#matches)}`;
      case "lead":
        return `${sessions} · ${words().leadsCounted(this.#matches)}`;
      default:
        return sessions;
    }
  }

  #mark() {
    for (const button of this.rows.querySelectorAll("button")) {
      button.setAttribute("aria-current", String(button.dataset["session"] === state().session));
    }
  }
}

/** @param {Session} session @param {(id: string) => void} pick */
export function sessionRow(session, pick) {
  const open = () => pick(session.session_id);
  const who = session.user_id === "anonymous" ? words().anonymous : session.user_id;
  const facts = [
    words().messages(session.total_messages),
    format.duration(session.session_duration_seconds),
    session.device_type && words().deviceName(session.device_type),
    session.browser,
  ];
  return h(
    "button",
    {
      type: "button",
      class: "session-row",
      "data-key": `session ${session.session_id}`,
      "data-session": session.session_id,
      on: { click: open },
    },
    h(
      "span",
      { class: "session-top" },
      h("span", { class: "clip session-who", title: who }, who),
      session.lead ? h("span", { class: "badge good" }, icon("lead"), words().lead) : null,
      h("time", { datetime: session.first_interaction }, format.moment(session.first_interaction)),
    ),
    h("span", { class: "session-facts clip" }, facts.filter(Boolean).join(" · ")),
    session.pages_visited.length > 0
      ? h("span", { class: "session-facts clip" }, session.pages_visited.join(" → "))
      : null,
  );
}
