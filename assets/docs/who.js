// Who sends the requests: a key that was typed, for as long as the page is open and written down nowhere; otherwise whoever is
// logged in, whose cookie the browser sends by itself.

import { byId, h, replace } from "../dashboard/dom.js";

let key = "";
/** @type {Me} */
let me = { open: false, user: null, csrf: null };

/** Asks the server who is logged in, and says it at the head of the page. */
export async function look() {
  try {
    const response = await fetch("/api/auth/me", { cache: "no-store" });
    if (response.ok) me = await response.json();
  } catch {
    // Whatever is sent next says that the server does not answer.
  }
  show();
}

function show() {
  const { open, user } = me;
  const field = h("input", {
    class: "field docs-key",
    type: "password",
    value: key,
    placeholder: "API key",
    "aria-label": "API key",
    autocomplete: "off",
    on: {
      input: (/** @type {Event} */ event) => {
        key = /** @type {HTMLInputElement} */ (event.target).value.trim();
        document.dispatchEvent(new Event("who"));
      },
    },
  });
  const login = user && h("span", { class: "quiet docs-login" }, "As ", h("b", {}, user.name));
  replace(byId("who"), login, !open && field);
  document.dispatchEvent(new Event("who"));
}

/** What a request has to bring. @param {string} method @returns {Record<string, string>} */
export function credentials(method) {
  if (key) return { Authorization: `Bearer ${key}` };
  return me.csrf && method !== "GET" ? { "X-CSRF-Token": me.csrf } : {};
}

/** The same for curl, without what is secret: the line is made to be passed on. @param {string} method @returns {string[]} */
export function inCurl(method) {
  if (key) return ["-H 'Authorization: Bearer …'"];
  if (!me.csrf) return [];
  return ["-b 'novahouse_session=…'", ...(method === "GET" ? [] : ["-H 'X-CSRF-Token: …'"])];
}
