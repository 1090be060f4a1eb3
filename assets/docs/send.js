// Sending a request, and what came of it. An answer is shown as it comes, as far as a page can bear; one that does not end
// can be stopped.

import { h, replace } from "../dashboard/dom.js";
import { look } from "./who.js";

/** Characters of an answer that are shown. */
const SHOWN_MAX = 200_000;

/** @param {() => Asked} asked */
export function outcome(asked) {
  const button = h("button", { class: "button strong send", type: "submit" }, "Send");
  const place = h("div", { class: "outcome", "aria-live": "polite" });
  /** @type {AbortController | undefined} */
  let running;
  button.addEventListener("click", (event) => {
    if (running) {
      event.preventDefault();
      running.abort();
      return;
    }
    if (!button.form?.reportValidity()) return;
    event.preventDefault();
    running = new AbortController();
    button.textContent = "Stop";
    void send(asked(), place, running.signal).finally(() => {
      running = undefined;
      button.textContent = "Send";
    });
  });
  return { button, place };
}

/** @param {Asked} asked @param {HTMLElement} place @param {AbortSignal} signal */
async function send({ method, url, headers, body }, place, signal) {
  const began = performance.now();
  replace(place, h("p", { class: "quiet" }, "…"));
  let response;
  try {
    response = await fetch(url, { method, headers, body: body ?? null, signal });
  } catch (error) {
    const stopped = signal.aborted;
    return replace(place, h("p", { role: "alert" }, stopped ? "Stopped." : "The server does not answer. Try again."));
  }
  const took = Math.max(1, Math.round(performance.now() - began));
  const text = h("code", {});
  const note = h("p", { class: "quiet" });
  const facts = [`${took} ms`, response.headers.get("Content-Type"), response.headers.get("X-Request-Id")];
  replace(
    place,
    h(
      "p",
      { class: "outcome-head" },
      h("span", { class: `badge ${response.ok ? "good" : "bad"}` }, `${response.status} ${response.statusText}`.trim()),
      h("span", { class: "quiet" }, facts.filter(Boolean).join(" · ")),
    ),
    h("pre", { class: "answer-text", tabindex: "0", "aria-label": "The answer" }, text),
    note,
  );
  note.textContent = await receive(response, text);
  if (response.headers.get("Content-Type")?.includes("json")) indent(text);
  // Someone may have logged in or out, or a first user may have closed the server.
  if (method !== "GET" && /^\/api\/(auth|access)\//.test(url)) await look();
}

/** @param {Response} response @param {HTMLElement} text @returns {Promise<string>} what is to be said of it */
async function receive(response, text) {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let shown = "";
  try {
    for (;;) {
      const part = await reader?.read();
      if (!part || part.done) return shown ? "" : "An empty answer.";
      shown += decoder.decode(part.value, { stream: true });
      text.textContent = shown.slice(0, SHOWN_MAX);
      if (shown.length <= SHOWN_MAX) continue;
      void reader?.cancel();
      return "It is longer: the beginning is shown.";
    }
  } catch {
    return "It ended here.";
  }
}

/** @param {HTMLElement} text */
function indent(text) {
  try {
    text.textContent = JSON.stringify(JSON.parse(text.textContent ?? ""), null, 2);
  } catch {
    // Cut off, or lines: it stays as it came.
  }
}
