// One address: what it is for, a form to try it, and what it answers.

import { h } from "../dashboard/dom.js";
import { form } from "./form.js";
import { prose } from "./prose.js";
import { fields, resolve, words } from "./schema.js";

/** @param {OpenApi} api @param {Operation} operation */
export function card(api, operation) {
  const summary = h(
    "summary",
    { class: "operation-head" },
    h("span", { class: `verb ${operation.method.toLowerCase()}` }, operation.method),
    h("code", { class: "operation-path" }, operation.path),
    h("span", { class: "operation-summary quiet" }, operation.summary),
  );
  const details = h("details", {
    class: "operation",
    id: operation.operationId,
    "data-find": `${operation.method} ${operation.path} ${operation.summary}`.toLowerCase(),
  });
  details.append(summary);
  // Drawn when it is opened: two dozen forms at once are for nobody.
  details.addEventListener(
    "toggle",
    () => details.open && details.childElementCount === 1 && fill(api, operation, details),
  );
  return details;
}

/** @param {OpenApi} api @param {Operation} operation @param {HTMLDetailsElement} details */
function fill(api, operation, details) {
  details.append(
    h(
      "div",
      { class: "operation-body" },
      operation.description?.split("\n\n").map((paragraph) => h("p", {}, prose(paragraph))),
      form(api, operation),
      taken(api, operation),
      answers(api, operation),
    ),
  );
}

/** @param {string} id */
export function open(id) {
  const found = document.getElementById(id);
  if (!(found instanceof HTMLDetailsElement)) return;
  found.open = true;
  found.scrollIntoView({ block: "start" });
}

/** @param {OpenApi} api @param {Operation} operation */
function taken(api, operation) {
  const schema = operation.requestBody?.content["application/json"]?.schema;
  if (!schema) return null;
  return h("details", { class: "answer" }, h("summary", {}, h("b", {}, "What the body may hold")), fields(api, schema));
}

/** @param {OpenApi} api @param {Operation} operation */
function answers(api, operation) {
  const all = Object.entries(operation.responses).map(([status, answer]) =>
    answered(api, status, resolve(api, answer)),
  );
  return h("section", { class: "answers" }, h("h3", {}, "Answers"), all);
}

/** @param {OpenApi} api @param {string} status @param {Answer} answer */
function answered(api, status, answer) {
  const content = Object.entries(answer.content ?? {});
  const inner = content.flatMap(([type, media]) => {
    const list = fields(api, media.schema);
    const plain = list.length > 0 ? list : [h("p", { class: "quiet" }, words(api, media.schema))];
    return [h("p", { class: "media" }, h("code", {}, type)), ...plain];
  });
  const badge = h("span", { class: `badge ${Number(status) < 400 ? "good" : "bad"}` }, status);
  return h("details", { class: "answer" }, h("summary", {}, badge, h("span", {}, prose(answer.description))), inner);
}
