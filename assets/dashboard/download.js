// What is on screen, to take away.

import { h } from "./dom.js";

/** Spreadsheets take a file without this mark for one of their own country's. */
const BYTE_ORDER_MARK = "\ufeff";

/** @param {Table} table */
export function csv({ head, keys, rows }) {
  return BYTE_ORDER_MARK + [keys ?? head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** @param {string | number | null} value */
function cell(value) {
  if (typeof value === "number") return String(value);
  const text = value ?? "";
  // A spreadsheet would run what begins like a formula.
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** @param {Table} table */
export function json({ head, keys, rows }) {
  const records = rows.map((row) =>
    Object.fromEntries((keys ?? head).map((name, place) => [name, row[place] ?? null])),
  );
  return `${JSON.stringify(records, null, 2)}\n`;
}

/** @param {string} name @param {Blob} content */
export function save(name, content) {
  const address = URL.createObjectURL(content);
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** @param {string} text @param {string} type */
export const textFile = (text, type) => new Blob([text], { type: `${type};charset=utf-8` });
