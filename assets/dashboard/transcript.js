// One session from first to last: what was said, and everything that happened around it.

import { get, Unreachable } from "./api.js";
import { isUnderstood, placeOf } from "./asked.js";
import { h, icon, replace, sign } from "./dom.js";
import { isAdmin } from "./account.js";
import { eraseButton } from "./erase.js";
import { ASK_AGAIN_MS, faultOf } from "./fault.js";
import { format } from "./format.js";
import { words } from "./i18n.js";
import { go, state } from "./state.js";

/** A reply that took longer than this is worth a look. */
const SLOW_MS = 2000;
/** So near to the end one reads along. */
const AT_END_PX = 48;

export class TranscriptView {
  #shown = "";
  #turn = 0;
  #again = 0;
  #session = "";
  /** Each event as it came, and what it looks like. @type {{ print: string, items: HTMLElement[] }[]} */
  #events = [];
  /** @type {TimelineEvent[]} */
  #timeline = [];
  #headPrint = "";
  #filters = "";

  /** @param {() => { bot: string, range: DayRange }} about @param {() => void} erased what is listed is no longer so */
  constructor(about, erased) {
    this.about = about;
    this.erased = erased;
    this.head = h("div");
    this.conversation = h("ol", { class: "timeline", tabindex: "0" });
    this.element = h("div", { class: "transcript" });
  }

  /** In the language of now. */
  words() {
    this.#shown = "";
  }

  /** @param {string} session */
  update(session) {
    const key = `${this.about().bot} ${session}`;
    if (key === this.#shown) {
      if (this.#filters !== this.#asked()) this.#mark();
      return;
    }
    this.#shown = key;
    this.#session = session;
    this.#turn += 1;
    this.#forget();
    clearTimeout(this.#again);
    if (!session) {
      replace(this.element, h("p", { class: "choose" }, words().chooseSession));
      return;
    }
    replace(this.element, backBar(), h("p", { class: "choose", role: "status" }, words().loading));
    void this.#load();
  }

  /** What has been said since is added; whoever reads stays where they are. */
  async refresh() {
    if (this.#session) await this.#load();
  }

  #forget() {
    this.#events = [];
    this.#timeline = [];
    this.#headPrint = "";
    replace(this.conversation);
  }

  async #load() {
    const turn = ++this.#turn;
    clearTimeout(this.#again);
    try {
      /** @type {Transcript} */
      const answer = await get(`sessions/${encodeURIComponent(this.#session)}`, { bot: this.about().bot });
      if (turn === this.#turn) this.#draw(answer);
    } catch (error) {
      if (turn !== this.#turn) return;
      if (error instanceof Unreachable) this.#again = setTimeout(() => void this.#load(), ASK_AGAIN_MS);
      // What is there can be read on; that the server is gone stands above it.
      if (this.#events.length > 0) return;
      const said = faultOf(error);
      if (this.element.querySelector("[role=alert]")?.textContent === said) return;
      replace(this.element, backBar(), h("p", { class: "choose", role: "alert" }, said));
    }
  }

  /** @param {Transcript} answer */
  #draw({ session, timeline, truncated }) {
    const isFirst = this.#events.length === 0;
    const scroller = this.element.parentElement;
    const from = scroller?.scrollTop ?? 0;
    const wasAtEnd = !isFirst && scroller !== null && scroller.scrollHeight - from - scroller.clientHeight < AT_END_PX;
    const print = JSON.stringify([session, truncated, isWithoutTexts(timeline), isAdmin()]);
    if (print !== this.#headPrint) {
      this.#headPrint = print;
      replace(
        this.head,
        head(session, eraseButton(session, this.about().bot, this.erased)),
        truncated ? h("p", { class: "notes" }, words().sessionTruncated) : null,
        isWithoutTexts(timeline) ? h("p", { class: "notes" }, words().noTexts) : null,
      );
    }
    this.conversation.setAttribute("aria-label", words().session);
    const grew = this.#add(timeline);
    if (this.conversation.parentElement !== this.element) replace(this.element, this.head, this.conversation);
    if (isFirst) {
      scroller?.scrollTo({ top: 0 });
      this.#mark();
    } else if (grew && scroller) {
      scroller.scrollTop = wasAtEnd ? scroller.scrollHeight : from;
      this.#point();
    }
  }

  /** Only what differs is made anew: what someone has opened, selected or stands on stays. @param {TimelineEvent[]} timeline */
  #add(timeline) {
    const prints = timeline.map((event) => JSON.stringify(event));
    const differs = prints.findIndex((print, place) => print !== this.#events[place]?.print);
    const kept = differs < 0 ? prints.length : differs;
    if (kept === prints.length && kept === this.#events.length) return false;
    for (const { items } of this.#events.splice(kept)) for (const item of items) item.remove();
    this.#timeline = timeline;
    const added = timeline.slice(kept).map((event, place) => {
      const before = timeline[kept + place - 1];
      const items = [dayMark(event, before), ...itemsOf(event)].filter((item) => item !== null);
      return { print: prints[kept + place] ?? "", items };
    });
    this.#events.push(...added);
    this.conversation.append(...added.flatMap(({ items }) => items));
    return true;
  }

  #asked() {
    return JSON.stringify([state().filters, this.about().range]);
  }

  /** Goes to what the list was asked for. */
  #mark() {
    this.#filters = this.#asked();
    const first = this.#point()[0];
    const scroller = this.element.parentElement;
    if (!first || !scroller) return;
    // What is out of sight has no height yet, and gets one on the way.
    const goThere = (/** @type {number} */ times) => {
      const place = first.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
      scroller.scrollTop += place - scroller.clientHeight / 3;
      if (times > 0) requestAnimationFrame(() => goThere(times - 1));
    };
    goThere(3);
  }

  /** Marks what the list was asked for. */
  #point() {
    for (const item of this.conversation.querySelectorAll(".asked")) {
      item.classList.remove("asked");
      item.removeAttribute("title");
    }
    const place = placeOf(this.#timeline, state().filters, this.about().range);
    const items = (this.#events[place]?.items ?? []).filter((item) => !item.classList.contains("day-mark"));
    for (const item of items) {
      item.classList.add("asked");
      item.title = words().askedFor;
    }
    return items;
  }
}

function backBar() {
  return h("div", { class: "transcript-head only-back" }, backButton());
}

function backButton() {
  return h(
    "button",
    { type: "button", class: "button ghost back", "data-key": "back", on: { click: () => go({ session: "" }) } },
    icon("back"),
    words().back,
  );
}

/** @param {Session} session @param {HTMLElement | null} erase */
function head(session, erase) {
  const who = session.user_id === "anonymous" ? words().anonymous : session.user_id;
  const facts = [
    format.momentLong(session.first_interaction),
    words().messages(session.total_messages),
    format.duration(session.session_duration_seconds),
    session.device_type && words().deviceName(session.device_type),
    session.browser,
    session.referrer,
  ];
  const said = h("span", { class: "quiet", role: "status" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      said.textContent = words().copied;
    } catch {
      said.textContent = words().copyFailed;
    }
  };
  return h(
    "div",
    { class: "transcript-head" },
    backButton(),
    h(
      "h3",
      null,
      h("span", { class: "clip", title: who }, who),
      session.lead ? h("span", { class: "badge good" }, icon("lead"), words().lead) : null,
    ),
    h("p", { class: "quiet" }, facts.filter(Boolean).join(" · ")),
    h(
      "p",
      { class: "quiet session-id" },
      h("code", null, session.session_id),
      h(
        "button",
        { type: "button", class: "link", "data-key": "copy link", on: { click: () => void copy() } },
        words().copyLink,
      ),
      erase,
      said,
    ),
  );
}

/** Where a day begins. @param {TimelineEvent} event @param {TimelineEvent | undefined} before */
function dayMark(event, before) {
  const day = format.dayOf(event.timestamp);
  if (before && format.dayOf(before.timestamp) === day) return null;
  return h("li", { class: "day-mark" }, format.dayLong(day));
}

/** @param {TimelineEvent} event */
function itemsOf(event) {
  switch (event.type) {
    case "message":
      return message(event);
    case "lead":
      return [mark(event, "lead", words().leftLead, leadFacts(event))];
    case "feedback":
      return [
        mark(
          event,
          "star",
          event.rating ? words().rated(event.rating) : event.user_satisfied ? words().satisfied : words().dissatisfied,
          event.comment ? [event.comment] : [],
        ),
      ];
    case "engagement":
      return [
        event.pages_visited?.length ? mark(event, "page", words().visited(event.pages_visited.join(" → ")), []) : null,
        event.conversion_event ? mark(event, "flag", words().converted(event.conversion_event), []) : null,
      ];
    case "exposure":
      return [mark(event, "flag", words().saw(event.experiment ?? "", event.variant ?? ""), [])];
    default:
      return [];
  }
}

/** @param {TimelineEvent} event */
function hasText({ user_message, bot_response }) {
  return user_message !== undefined || bot_response !== undefined;
}

/** Whether something was said, and no word of it is stored. @param {TimelineEvent[]} timeline */
function isWithoutTexts(timeline) {
  const said = timeline.filter(({ type }) => type === "message");
  return said.length > 0 && !said.some(hasText);
}

/** @param {TimelineEvent} event */
function message(event) {
  const time = h("time", { datetime: event.timestamp }, format.timeExact(event.timestamp));
  const asked = event.user_message
    ? h(
        "li",
        { class: "bubble visitor" },
        h("span", { class: "visually-hidden" }, `${words().visitor}: `),
        h("p", null, event.user_message),
        h("div", { class: "bubble-foot" }, time, sentiment(event)),
      )
    : null;
  const slow = (event.response_time_ms ?? 0) > SLOW_MS;
  const failed = isUnderstood(event) === false || event.success === false;
  const facts = [
    // Without a word of the visitor, the reply says when it was and how it sounded.
    asked ? null : time,
    asked ? null : sentiment(event),
    event.intent_detected
      ? h(
          "span",
          { class: `tag ${failed ? "bad" : ""}`, title: event.intent_detected },
          failed ? icon("warning") : null,
          h("span", { class: "clip" }, event.intent_detected),
        )
      : null,
    event.confidence === undefined
      ? null
      : h("span", { title: words().confidence }, format.percent(event.confidence * 100)),
    event.response_time_ms === undefined
      ? null
      : h(
          "span",
          { class: slow ? "slow" : "", title: words().responseTime },
          slow ? icon("warning") : null,
          format.ms(event.response_time_ms),
        ),
    event.user_satisfied === undefined
      ? null
      : h("span", { class: "vote" }, event.user_satisfied ? words().satisfied : words().dissatisfied),
    event.lead_generated ? h("span", { class: "feeling" }, icon("lead"), words().becameLead) : null,
  ];
  const answered = h(
    "li",
    { class: "bubble bot" },
    h("span", { class: "visually-hidden" }, `${words().botSays}: `),
    hasText(event) ? h("p", null, event.bot_response ?? words().none) : null,
    h("div", { class: "bubble-foot" }, facts),
    details(event),
  );
  const { contact } = event;
  const left = contact?.email || contact?.phone ? mark(event, "lead", words().leftLead, leadFacts(contact)) : null;
  return [asked, left, answered];
}

/** The rest of what is recorded, for who wants to know. @param {TimelineEvent} event */
function details(event) {
  const { input_tokens: read, output_tokens: written, cost_usd: cost, model, contact } = event;
  const entities = Object.entries(event.entities_extracted ?? {});
  const count = (/** @type {number | undefined} */ value) =>
    value === undefined ? words().none : format.number(value);
  /** @type {(() => [string, string])[]} */
  const facts = [];
  if (model !== undefined) facts.push(() => [words().model, model]);
  if (read !== undefined || written !== undefined)
    facts.push(() => [words().tokens, words().tokensOf(count(read), count(written))]);
  if (cost !== undefined) facts.push(() => [words().figures.cost[0] ?? "", format.money(cost)]);
  if (contact) facts.push(() => [words().contact, leadFacts(contact).join(" · ")]);
  if (entities.length > 0)
    facts.push(() => [words().saidAbout, entities.map(([name, value]) => `${name}: ${textOf(value)}`).join(" · ")]);
  if (facts.length === 0) return null;
  const list = h("dl");
  const whole = h("details", { class: "recorded" }, h("summary", null, words().details), list);
  // Few are ever opened, of thousands.
  whole.addEventListener("toggle", () => {
    if (list.firstChild) return;
    const rows = facts.map((fact) => fact()).map(([name, value]) => [h("dt", null, name), h("dd", null, value)]);
    replace(list, rows.flat());
  });
  return whole;
}

/** @param {unknown} value */
function textOf(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** @param {TimelineEvent} event */
function sentiment(event) {
  const name = event.sentiment;
  if (!name) return null;
  return h("span", { class: "feeling" }, sign(name), words().sentimentName(name));
}

/** @param {TimelineEvent} event @param {"lead" | "star" | "page" | "flag"} what @param {string} text @param {string[]} more */
function mark(event, what, text, more) {
  return h(
    "li",
    { class: `happening ${what}` },
    icon(what),
    h(
      "div",
      null,
      h("span", null, text),
      more.map((line) => h("div", null, line)),
    ),
    h("time", { datetime: event.timestamp }, format.timeExact(event.timestamp)),
  );
}

/** @param {NonNullable<TimelineEvent["contact"]>} lead */
function leadFacts(lead) {
  const property = [lead.property_type, lead.property_size && `${lead.property_size} m²`, lead.location]
    .filter(Boolean)
    .join(", ");
  const facts = [lead.name, lead.email, lead.phone, lead.interested_package, property, lead.additional_info];
  return facts.filter((text) => text !== undefined && text !== "").map(String);
}
