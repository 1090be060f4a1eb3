// Schemas as lists of fields.

import { h } from "../dashboard/dom.js";
import { prose } from "./prose.js";

/** Deeper than any answer is. */
const DEPTH_MAX = 6;

/** @param {OpenApi} api @param {{ $ref?: string, description?: string }} part @returns {any} */
export function resolve(api, part) {
  if (!part.$ref) return part;
  const keys = part.$ref.slice(2).split("/");
  const found = keys.reduce((/** @type {any} */ at, key) => at?.[decodeURIComponent(key)], api);
  return { ...found, ...(part.description ? part : {}), name: keys.at(-1) };
}

/** @param {OpenApi} api @param {Schema} schema @returns {Schema[]} the kinds it may be of, null aside */
function kinds(api, schema) {
  const whole = resolve(api, schema);
  const some = whole.properties ? undefined : (whole.oneOf ?? whole.anyOf);
  const each = some ? some.flatMap((/** @type {Schema} */ one) => kinds(api, one)) : [whole];
  return each.filter((/** @type {Schema} */ one) => one.type !== "null");
}

/** What a value may be, in few words. @param {OpenApi} api @param {Schema} schema @returns {string} */
export function words(api, schema) {
  const each = kinds(api, schema).map((kind) => {
    if (kind.const !== undefined) return JSON.stringify(kind.const);
    if (kind.enum) return kind.enum.filter((word) => word !== null).join(" | ");
    const types = [kind.type ?? "any"].flat().filter((type) => type !== "null");
    if (types.includes("array")) return `list of ${words(api, kind.items ?? {})}`;
    const range = limits(kind);
    const format = kind.format?.startsWith("date") ? kind.format : types.join(" or ");
    return range ? `${format}, ${range}` : format;
  });
  return [...new Set(each)].join(", or ");
}

/** @param {Schema} schema */
function limits(schema) {
  const { minimum, exclusiveMinimum, maximum, maxLength } = schema;
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (exclusiveMinimum !== undefined)
    return `above ${exclusiveMinimum}${maximum === undefined ? "" : `, up to ${maximum}`}`;
  if (maxLength !== undefined) return `up to ${maxLength} bytes`;
  return "";
}

/** Whether null may stand for it. @param {OpenApi} api @param {Schema} schema @returns {boolean} */
function nullable(api, schema) {
  const whole = resolve(api, schema);
  const some = whole.oneOf ?? whole.anyOf ?? [];
  return [whole.type].flat().includes("null") || some.some((/** @type {Schema} */ one) => one.type === "null");
}

/** @param {OpenApi} api @param {Schema} schema @param {number} [depth] @returns {HTMLElement[]} */
export function fields(api, schema, depth = 0) {
  if (depth > DEPTH_MAX) return [];
  return kinds(api, schema).flatMap((kind) => {
    if (kind.items) return fields(api, kind.items, depth);
    if (!kind.properties) return [];
    const rows = Object.entries(kind.properties).map(([name, field]) => row(api, kind, name, field, depth));
    const title = kind.properties["type"]?.const;
    return [...(title ? [h("h4", {}, h("code", {}, String(title)))] : []), h("dl", { class: "fields" }, rows)];
  });
}

/** @param {OpenApi} api @param {Schema} parent @param {string} name @param {Schema} field @param {number} depth */
function row(api, parent, name, field, depth) {
  const whole = resolve(api, field);
  const inner = fields(api, field, depth + 1);
  const marks = [words(api, field)];
  if (nullable(api, field)) marks.push("or null");
  if (!parent.required?.includes(name)) marks.push("not always there");
  return h(
    "div",
    {},
    h("dt", {}, h("code", {}, name)),
    h(
      "dd",
      {},
      h("span", { class: "quiet" }, marks.join(", ")),
      whole.description && h("span", { class: "field-about" }, prose(whole.description)),
      inner.length > 0 && h("details", { class: "inner" }, h("summary", {}, "Fields"), inner),
    ),
  );
}
