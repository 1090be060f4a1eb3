// The key that requests are sent with, for as long as the page is open: it is written down nowhere.

let key = "";

/** @param {string} given */
export function keep(given) {
  key = given.trim();
}

/** @returns {Record<string, string>} */
export function authorization() {
  return key ? { Authorization: `Bearer ${key}` } : {};
}
