// One session from first to last: what was said, and everything that happened around it.

import { get } from "./api.js";
import { h, icon, replace, sign } from "./dom.js";
import { format } from "./format.js";
import { words } from "./i18n.js";
import { go } from "./state.js";

/** A reply that took longer than this is worth a look. */
const SLOW_MS = 2000;

export class TranscriptView {
  #shown = "";
  #turn = 0;

  /** @param {() => { bot: string }} about */
  constructor(about) {
    this.about = about;
    this.element = h("div", { class: "transcript" });
  }

  /** In the language of now. */
  words() {
    this.#shown = "";
  }

  /** @param {string} session */
  update(session) {
    const key = `${this.about().bot} ${session}`;
    if (key === this.#shown) return;
    this.#shown = key;
    if (!session) {
      replace(this.element, h("p", { class: "choose" }, words().chooseSession));
      return;
    }
    void this.#load(session);
  }

  /** @param {string} session */
  async #load(session) {
    const turn = ++this.#turn;
    replace(this.element, h("p", { class: "choose", role: "status" }, words().loading));
    try {
      /** @type {Transcript} */
      const answer = await get(`sessions/${encodeURIComponent(session)}`, { bot: this.about().bot });
      if (turn === this.#turn) this.#draw(answer);
    } catch (error) {
      if (turn !== this.#turn) return;
      // Asked again when someone comes back to it.
      this.#shown = "";
      replace(
        this.element,
        backButton(),
        h(
          "p",
          { class: "choose", role: "alert" },
          `${words().sessionMissing} ${error instanceof Error ? error.message : ""}`,
        ),
      );
    }
  }

  /** @param {Transcript} answer */
  #draw({ session, timeline, truncated }) {
    const items = timeline.flatMap((event, place) => [dayMark(event, timeline[place - 1]), ...itemsOf(event)]);
    const conversation = h("ol", { class: "timeline", tabindex: "0", "aria-label": words().session }, items);
    replace(
      this.element,
      head(session),
      truncated ? h("p", { class: "notes" }, words().sessionTruncated) : null,
      conversation,
    );
  }
}

function backButton() {
  return h(
    "button",
    { type: "button", class: "button ghost back", on: { click: () => go({ session: "" }) } },
    icon("back"),
    words().back,
  );
}

/** @param {Session} session */
function head(session) {
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
      { class: "clip" },
      who,
      session.lead ? h("span", { class: "badge good" }, icon("lead"), words().lead) : null,
    ),
    h("p", { class: "quiet" }, facts.filter(Boolean).join(" · ")),
    h(
      "p",
      { class: "quiet session-id" },
      h("code", null, session.session_id),
      " ",
      h("button", { type: "button", class: "link", on: { click: () => void copy() } }, words().copyLink),
      " ",
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
    default:
      return [];
  }
}

/** @param {TimelineEvent} event */
function message(event) {
  const asked = event.user_message
    ? h(
        "li",
        { class: "bubble visitor" },
        h("span", { class: "visually-hidden" }, `${words().visitor}: `),
        h("p", null, event.user_message),
        h(
          "div",
          { class: "bubble-foot" },
          h("time", { datetime: event.timestamp }, format.timeExact(event.timestamp)),
          sentiment(event),
        ),
      )
    : null;
  const slow = (event.response_time_ms ?? 0) > SLOW_MS;
  const facts = [
    event.intent_detected
      ? h(
          "span",
          { class: `tag ${failed(event) ? "bad" : ""}` },
          failed(event) ? icon("warning") : null,
          event.intent_detected,
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
  ];
  const answered = h(
    "li",
    { class: "bubble bot" },
    h("span", { class: "visually-hidden" }, `${words().botSays}: `),
    h("p", null, event.bot_response ?? words().none),
    h("div", { class: "bubble-foot" }, facts),
  );
  const { contact } = event;
  const left = contact?.email || contact?.phone ? mark(event, "lead", words().leftLead, leadFacts(contact)) : null;
  return [asked, left, answered];
}

/** @param {TimelineEvent} event */
function failed(event) {
  return (
    event.success === false ||
    (event.success === undefined && ["fallback", "unknown"].includes(event.intent_detected ?? ""))
  );
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
