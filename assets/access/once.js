// A key, the one time that it can be shown.

import { h } from "../dashboard/dom.js";
import { copied, curlLine } from "../dashboard/empty.js";
import { dialog } from "./dialog.js";
import { say } from "./say.js";

/** @param {NewKey} made */
export function showOnce(made) {
  const line = made.kind === "ingest" ? curlLine(made.bots[0] ?? "default", made.key) : readLine(made);
  const box = dialog(
    say().keyIs(made.name),
    (close) => [
      h("p", { class: "once" }, say().once),
      h("pre", { class: "secret", tabindex: "0" }, h("code", { id: "key" }, made.key)),
      copying(say().copyKey, made.key, true),
      h("p", null, say().tryIt),
      h("pre", { tabindex: "0" }, h("code", { id: "key-line" }, line)),
      copying(say().copyLine, line, false),
      h(
        "div",
        { class: "form-actions" },
        h("button", { type: "button", class: "button", id: "have-key", on: { click: close } }, say().haveIt),
      ),
    ],
    { firm: true },
  );
  box.classList.add("wide");
  box.querySelector("h2")?.focus();
}

/** @param {NewKey} made */
function readLine({ key, bots }) {
  const bot = bots[0] ? `&${new URLSearchParams({ bot: bots[0] })}` : "";
  // A quote ends the shell's text.
  const address = `${location.origin}/api/analytics/overview?days=7${bot}`.replaceAll("'", "%27");
  return `curl -H "Authorization: Bearer ${key}" '${address}'`;
}

/** @param {string} label @param {string} text @param {boolean} strong */
function copying(label, text, strong) {
  const said = h("span", { role: "status", class: "quiet" });
  const shape = strong ? "button strong" : "button";
  const copy = h("button", { type: "button", class: shape, on: { click: () => void copied(text, said) } }, label);
  return h("p", { class: "copying" }, copy, said);
}
