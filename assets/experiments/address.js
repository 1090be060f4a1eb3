// Results have an address: a link to it opens them, and the way back closes them.

const RESULTS = "#results=";

/** @param {string} name */
export function addressOf(name) {
  return RESULTS + encodeURIComponent(name);
}

/** Whether the address asks for the results of this one. @param {string} name */
export function isAsked(name) {
  return location.hash === addressOf(name);
}

/** The address leads to the list again. */
export function leave() {
  history.replaceState(null, "", location.pathname + location.search);
}
