// Descriptions: plain text, with code between backticks.

import { h } from "../dashboard/dom.js";

/** @param {string | undefined} text @returns {(Node | string)[]} */
export function prose(text) {
  return (text ?? "").split("`").map((part, place) => (place % 2 ? h("code", {}, part) : part));
}
