// The ways from a figure to the sessions it counts.

import { go, state } from "./state.js";

/** @param {Record<string, string>} filters */
export function openSessions(filters) {
  go({ sheet: "sessions", filters, session: "" });
}

/** @param {string} day */
export function openDay(day) {
  openSessions({ day });
}

/** @param {string} session */
export function openSession(session) {
  go({ sheet: state().sheet || "sessions", session });
}
