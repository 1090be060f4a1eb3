// Who is logged in, as the server says, and what is sent in his name.

import { Refused, Unreachable, get, request, toLogin } from "./api.js";

/** Until the server has said so: one that does not know the question asks no one who he is. @type {Me} */
let me = { open: true, user: null, csrf: null };
/** Whether it was asked: what only some may do is offered to no one before. */
let isKnown = false;

export function account() {
  return me;
}

/** Asks the server. Where someone has to log in, he is led there. @returns {Promise<void>} */
export async function learn() {
  try {
    me = await get("auth/me");
  } catch (error) {
    if (error instanceof Unreachable) throw error;
  }
  isKnown = true;
  if (!me.open && !me.user) await toLogin();
}

export function isAdmin() {
  return isKnown && (me.open || me.user?.role === "admin");
}

/** Whether he may read the figures, not only what single people did. */
export function seesFigures() {
  return me.user?.role !== "agent";
}

/** Whether there is every bot for him. */
export function seesAllBots() {
  return !me.user || me.user.bots.length === 0;
}

/**
 * Sends what changes something.
 * @param {string} method @param {string} path @param {Record<string, unknown>} [body] @returns {Promise<any>}
 */
export async function send(method, path, body) {
  try {
    return await sent(method, path, body);
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== "csrf") throw error;
    // Someone has logged in anew in another tab: whoever it was before goes on, and anyone else sees his own page.
    const before = me.user?.name;
    await learn();
    if (me.user?.name === before) return sent(method, path, body);
    location.reload();
    return new Promise(() => {});
  }
}

/** @param {string} method @param {string} path @param {Record<string, unknown>} [body] */
function sent(method, path, body) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (me.csrf) headers["X-CSRF-Token"] = me.csrf;
  if (body) headers["Content-Type"] = "application/json";
  return request(`/api/${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
}

export async function logOut() {
  await send("POST", "auth/logout");
  location.replace("/login.html");
}

// What the browser kept of the page may be another's by now.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
