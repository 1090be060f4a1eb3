// The form of an address: its parameters, its body, and the request that they come to.

import { h, replace } from "../dashboard/dom.js";
import { prose } from "./prose.js";
import { words } from "./schema.js";
import { outcome } from "./send.js";
import { credentials, inCurl } from "./who.js";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

/** @param {OpenApi} api @param {Operation} operation */
export function form(api, operation) {
  const controls = operation.parameters.map((parameter) => control(operation, parameter));
  const body = operation.requestBody && bodyOf(operation);
  const curl = h("code", {});
  const asked = () => request(operation, controls, body?.control, body?.type() ?? "");
  const show = () => replace(curl, curlOf(asked()));
  const copy = h("button", { class: "button ghost", type: "button" }, "Copy");
  copy.addEventListener("click", () => copied(copy, curl.textContent ?? ""));
  const rows = operation.parameters.map((parameter, place) => row(api, operation, parameter, controls[place]));
  const { button, place } = outcome(() => withCredentials(asked()));
  const whole = h(
    "form",
    { class: "try", on: { input: show, change: show } },
    rows.length > 0 && h("h3", {}, "Parameters"),
    rows.length > 0 && h("div", { class: "params" }, rows),
    body?.element,
    h(
      "div",
      { class: "try-line" },
      button,
      h("pre", { class: "curl", tabindex: "0", "aria-label": "curl" }, curl),
      copy,
    ),
    place,
  );
  body?.changed(show);
  document.addEventListener("who", show);
  show();
  return whole;
}

/** @param {Operation} operation @param {Parameter} parameter @returns {Control} */
function control(operation, parameter) {
  const id = `${operation.operationId}-${parameter.name}`;
  const { schema } = parameter;
  if (schema.enum) {
    const first = schema.default === undefined ? "" : `${schema.default} (if not given)`;
    const choices = schema.enum.map((word) => h("option", { value: String(word) }, String(word)));
    return h("select", { class: "field", id, name: parameter.name }, h("option", { value: "" }, first), choices);
  }
  const whole = schema.type === "integer";
  return h("input", {
    class: "field",
    id,
    name: parameter.name,
    type: whole ? "number" : schema.format === "date" ? "date" : "text",
    min: whole ? schema.minimum : undefined,
    max: whole ? schema.maximum : undefined,
    required: parameter.required,
    placeholder: schema.default === undefined ? "" : String(schema.default),
    autocomplete: "off",
    spellcheck: "false",
  });
}

/** @param {OpenApi} api @param {Operation} operation @param {Parameter} parameter @param {Control | undefined} control */
function row(api, operation, parameter, control) {
  const id = `${operation.operationId}-${parameter.name}`;
  const where = parameter.in === "query" ? "" : parameter.in === "path" ? "in the path" : "header";
  const kind = parameter.schema.enum ? "" : words(api, parameter.schema);
  const hint = [where, parameter.required && "needed", kind].filter(Boolean).join(" · ");
  return h(
    "div",
    { class: "param" },
    h("label", { for: id }, h("code", {}, parameter.name), hint && h("span", { class: "quiet" }, hint)),
    control,
    parameter.description && h("p", { class: "quiet" }, prose(parameter.description)),
  );
}

/** @param {Operation} operation */
function bodyOf(operation) {
  const content = Object.entries(operation.requestBody?.content ?? {});
  const samples = content.flatMap(([type, { example, examples }]) => {
    const named = Object.values(examples ?? {}).map(({ summary, value }) => ({ type, name: summary, value }));
    const name = type === "application/x-ndjson" ? "Lines (NDJSON)" : "Example";
    return example === undefined ? named : [...named, { type, name, value: example }];
  });
  const id = `${operation.operationId}-body`;
  const control = h("textarea", { class: "field body", id, rows: "11", spellcheck: "false" });
  const choice = h(
    "select",
    { class: "field", "aria-label": "An example to begin with" },
    samples.map((sample, place) => h("option", { value: String(place) }, sample.name)),
  );
  let show = () => {};
  const sample = () => samples[Number(choice.value)];
  const fill = () => {
    const value = sample()?.value ?? "";
    control.value = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  };
  choice.addEventListener("change", () => {
    fill();
    show();
  });
  fill();
  const head = h("div", { class: "body-head" }, h("label", { for: id }, "Body"), samples.length > 1 && choice);
  return {
    control,
    element: h("div", { class: "body-part" }, head, control),
    type: () => sample()?.type ?? "application/json",
    /** @param {() => void} told */
    changed: (told) => {
      show = told;
    },
  };
}

/**
 * @param {Operation} operation @param {Control[]} controls @param {HTMLTextAreaElement | undefined} body
 * @param {string} type @returns {Asked}
 */
function request(operation, controls, body, type) {
  const query = new URLSearchParams();
  /** @type {Record<string, string>} */
  const headers = body ? { "Content-Type": type } : {};
  let path = operation.path;
  operation.parameters.forEach((parameter, place) => {
    const value = controls[place]?.value ?? "";
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value === "") return;
    else if (parameter.in === "header") headers[parameter.name] = value;
    else query.set(parameter.name, value);
  });
  const url = query.size > 0 ? `${path}?${query}` : path;
  return { method: operation.method, url, headers, body: body?.value };
}

/** @param {Asked} asked @returns {Asked} */
function withCredentials(asked) {
  return { ...asked, headers: { ...asked.headers, ...credentials(asked.method) } };
}

/** @param {string} text for a shell */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** @param {Asked} asked */
function curlOf({ method, url, headers, body }) {
  const parts = ["curl -s", ...inCurl(method)];
  if (method !== (body === undefined ? "GET" : "POST")) parts.push(`-X ${method}`);
  parts.push(...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`));
  if (body !== undefined) parts.push(`--data-binary ${quoted(body)}`);
  return [...parts, quoted(location.origin + url)].join(" ");
}

/** @param {HTMLButtonElement} button @param {string} text */
async function copied(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    // Over plain HTTP a browser gives no clipboard: the line is there to be marked.
    button.textContent = "Mark it and copy";
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
}
