// The ways from a figure to the sessions it counts.

import { listFor } from "./filters.js";
import { go, state } from "./state.js";

/** @param {Record<string, string>} filters */
export function openSessions(filters) {
  go({ sheet: "sessions", filters, session: "" });
}

/** What a click on a name of this kind does. @param {string} filter @returns {(value: string) => void} */
export function opening(filter) {
  return (value) => openSessions({ ...listFor(filter), [filter]: value });
}

/** @param {string} session */
export function openSession(session) {
  go({ sheet: state().sheet || "sessions", session });
}
