// The API to read and to try: all of it comes from /api/openapi.json, which the server makes from its own types.

import { byId, h, replace } from "../dashboard/dom.js";
import { applyTheme, setTheme } from "../dashboard/theme.js";
import { card, open } from "./operation.js";
import { prose } from "./prose.js";
import { look } from "./who.js";

applyTheme();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);

/** @param {OpenApi} api @returns {Operation[]} */
function operations(api) {
  return Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

/** @param {OpenApi} api */
function head(api) {
  const other = () => (document.documentElement.dataset["theme"] === "dark" ? "light" : "dark");
  const theme = h("button", { class: "button ghost", type: "button", id: "theme" }, "Light or dark");
  theme.addEventListener("click", () => setTheme(other()));
  replace(
    byId("head"),
    h(
      "div",
      { class: "docs-bar" },
      h("a", { class: "docs-brand", href: "/dashboard.html" }, "NovaHouse"),
      h("span", { class: "docs-name" }, "API"),
      h("span", { class: "quiet docs-version" }, api.info.version),
      h("span", { class: "grow" }),
      h("span", { class: "docs-who", id: "who" }),
      h("a", { class: "button ghost docs-raw", href: "/api/openapi.json" }, "openapi.json"),
      theme,
    ),
  );
}

/** @param {Operation} operation */
function entry(operation) {
  const path = operation.path.replace(/^\/api\//, "");
  return h(
    "li",
    { "data-find": `${operation.method} ${operation.path} ${operation.summary}`.toLowerCase() },
    h(
      "a",
      { class: "docs-entry", href: `#${operation.operationId}`, on: { click: () => open(operation.operationId) } },
      h("span", { class: `verb ${operation.method.toLowerCase()}`, "aria-hidden": "true" }, operation.method),
      h("span", { class: "clip" }, path),
    ),
  );
}

/** @param {OpenApi} api */
async function draw(api) {
  head(api);
  await look();
  const all = operations(api);
  const groups = api.tags.map((tag) => ({ ...tag, all: all.filter((operation) => operation.tags.includes(tag.name)) }));
  const find = h("input", {
    class: "field docs-find",
    type: "search",
    placeholder: "Find an address",
    "aria-label": "Find an address",
    on: { input: (/** @type {Event} */ event) => filter(/** @type {HTMLInputElement} */ (event.target).value) },
  });
  replace(
    byId("list"),
    find,
    groups.map((tag) => h("section", {}, h("h3", {}, tag.name), h("ul", {}, tag.all.map(entry)))),
  );
  replace(
    byId("content"),
    h(
      "section",
      { class: "docs-intro" },
      h("h1", {}, "The API of this server"),
      api.info.description.split("\n\n").map((paragraph) => h("p", {}, prose(paragraph))),
    ),
    groups.map((tag) =>
      h(
        "section",
        { class: "docs-group" },
        h("h2", {}, tag.name),
        h("p", { class: "quiet" }, tag.description),
        tag.all.map((operation) => card(api, operation)),
      ),
    ),
  );
  if (location.hash) open(location.hash.slice(1));
  document.body.dataset["drawn"] = "true";
}

/** @param {string} text */
function filter(text) {
  const wanted = text.trim().toLowerCase();
  for (const item of document.querySelectorAll("[data-find]")) {
    if (item instanceof HTMLElement) item.hidden = !item.dataset["find"]?.includes(wanted);
  }
  for (const group of document.querySelectorAll(".docs-group, .docs-list section")) {
    if (group instanceof HTMLElement) group.hidden = !group.querySelector("[data-find]:not([hidden])");
  }
}

try {
  const response = await fetch("/api/openapi.json");
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  await draw(await response.json());
} catch (error) {
  const reason = error instanceof TypeError ? "the server does not answer" : /** @type {Error} */ (error).message;
  replace(
    byId("content"),
    h("p", { role: "alert" }, `The document could not be read: ${reason}. Load the page again.`),
  );
}
