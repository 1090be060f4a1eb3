// Nothing has been sent yet: how to send the first event to this very server.

import { account, isAdmin, seesAllBots } from "./account.js";
import { h } from "./dom.js";
import { words } from "./i18n.js";

/** @param {string} bot @param {string} [key] what is sent along where there are users or keys */
export function curlLine(bot, key) {
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
  const authorization = key ? `-H "Authorization: Bearer ${key}" ` : "";
  return `curl ${authorization}-H 'Content-Type: application/json' -d '${text}' ${location.origin}/api/events`;
}

/** @param {string} bot */
export function emptyView(bot) {
  return h(
    "section",
    { class: "welcome", "aria-labelledby": "welcome-title" },
    h("h2", { id: "welcome-title" }, isAdmin() ? words().emptyHeading : words().emptyForOthers),
    isAdmin() ? howToSend(bot) : h("p", null, words().emptyWait(seesAllBots() ? [bot] : (account().user?.bots ?? []))),
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

/** @param {string} bot */
function howToSend(bot) {
  const { open } = account();
  const line = open ? curlLine(bot) : curlLine(bot, "$KEY");
  const said = h("span", { role: "status", class: "quiet" });
  const copy = h("button", { type: "button", class: "button strong", id: "copy" }, words().copy);
  copy.addEventListener("click", () => void copied(line, said));
  return [
    h("p", null, bot === "default" ? words().emptyText : words().emptyBot(bot)),
    open ? null : h("p", null, words().emptyKey, " ", h("a", { href: "/settings.html#keys" }, words().makeKey)),
    h("pre", { tabindex: "0" }, h("code", { id: "curl" }, line)),
    h("p", { class: "welcome-actions" }, copy, said),
  ];
}

/** Copies a text, and says whether that could be done. @param {string} text @param {HTMLElement} said */
export async function copied(text, said) {
  try {
    await navigator.clipboard.writeText(text);
    said.textContent = words().copied;
  } catch {
    said.textContent = words().copyFailed;
  }
}
