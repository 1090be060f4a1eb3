// The language: the browser's, or the one chosen.

import { en } from "./words/en.js";
import { pl } from "./words/pl.js";

const WORDS = { en, pl };
const KEPT = "novahouse.language";

/** @returns {Language} */
function initial() {
  const kept = localStorage.getItem(KEPT);
  if (kept === "en" || kept === "pl") return kept;
  return navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in WORDS) === "pl"
    ? "pl"
    : "en";
}

/** @type {Language} */
let chosen = initial();

export function language() {
  return chosen;
}

/** @param {Language} other */
export function setLanguage(other) {
  chosen = other;
  localStorage.setItem(KEPT, other);
}

export function words() {
  return WORDS[chosen];
}
