// Nothing has been sent yet: how to send the first event to this very server.

import { h } from "./dom.js";
import { words } from "./i18n.js";

/** @param {string} bot */
export function curlLine(bot) {
  const event = {
    type: "message",
    ...(bot === "default" ? {} : { bot }),
    session_id: "first-session",
    user_message: "What does finishing a flat of 50 m2 cost?",
    bot_response: "From 1,499 per square metre.",
    intent: "prices",
    sentiment: "neutral",
    response_time_ms: 120,
  };
  // A quote ends the shell's text: it is written outside of it.
  const text = JSON.stringify(event).replaceAll("'", "'\\''");
  return `curl -H 'Content-Type: application/json' -d '${text}' ${location.origin}/api/events`;
}

/** @param {string} bot */
export function emptyView(bot) {
  const line = curlLine(bot);
  const said = h("span", { role: "status", class: "quiet" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(line);
      said.textContent = words().copied;
    } catch {
      said.textContent = words().copyFailed;
    }
  };
  return h(
    "section",
    { class: "welcome", "aria-labelledby": "welcome-title" },
    h("h2", { id: "welcome-title" }, words().emptyHeading),
    h("p", null, bot === "default" ? words().emptyText : words().emptyBot(bot)),
    h("pre", { tabindex: "0" }, h("code", { id: "curl" }, line)),
    h(
      "p",
      { class: "welcome-actions" },
      h(
        "button",
        { type: "button", class: "button strong", id: "copy", on: { click: () => void copy() } },
        words().copy,
      ),
      said,
    ),
    h(
      "p",
      { class: "welcome-wait" },
      h("span", { class: "dot waiting" }),
      words().waiting,
      " ",
      h("a", { href: "/chat.html" }, words().tryChat),
    ),
  );
}
