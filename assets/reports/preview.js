// What a report looks like, in a frame that runs nothing.

import { h } from "../dashboard/dom.js";
import { say } from "./say.js";

/**
 * @typedef {{
 *   bot: string, period: string, language: ReportLanguage, sections: ReportSection[], public_url: string | null,
 * }} Asked
 */

/** How long someone may go on choosing before the report is asked for. */
const PAUSE_MS = 350;

/** The latest period of a kind. */
export const LATEST = /** @type {const} */ ({ day: "yesterday", week: "last-week", month: "last-month" });

export class Preview {
  #turn = 0;
  #shown = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  constructor() {
    this.frame = h("iframe", {
      sandbox: "allow-popups allow-popups-to-escape-sandbox",
      title: say().preview,
      hidden: true,
    });
    this.trouble = h("p", { class: "form-message", role: "alert", hidden: true });
    const file = (/** @type {string} */ format, /** @type {string} */ name) =>
      h("a", { class: "button small", "data-format": format, hidden: true }, name);
    this.files = [file("pdf", "PDF"), file("csv", "CSV"), file("text", say().asText)];
    this.element = h(
      "div",
      { class: "preview" },
      h("div", { class: "preview-head" }, h("h3", null, say().preview), this.files),
      this.trouble,
      this.frame,
    );
  }

  /** Shows it, after a moment in which nothing else is chosen. @param {Asked} asked */
  soon(asked) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.show(asked), PAUSE_MS);
  }

  /** @param {Asked} asked */
  async show(asked) {
    const address = addressOf(asked, "html");
    if (address === this.#shown) return;
    const mine = ++this.#turn;
    this.element.setAttribute("aria-busy", "true");
    const trouble = await troubleWith(address);
    if (mine !== this.#turn) return;
    this.element.setAttribute("aria-busy", "false");
    this.trouble.hidden = trouble === "";
    this.trouble.textContent = trouble;
    this.frame.hidden = trouble !== "";
    for (const link of this.files) {
      link.hidden = trouble !== "";
      const format = link.dataset["format"] ?? "";
      link.href = addressOf(asked, format);
      if (format === "text") link.target = "_blank";
      else link.download = "";
    }
    if (trouble) return;
    this.#shown = address;
    this.frame.src = address;
  }
}

/** @param {Asked} asked @param {string} format */
function addressOf({ bot, period, language, sections, public_url }, format) {
  const params = new URLSearchParams({ bot, period, language, sections: sections.join(","), format });
  // Links lead to where whoever looks is already, unless the report says otherwise.
  params.set("public_url", public_url || location.origin);
  return `/api/reports/preview?${params}`;
}

/** What keeps the report from being shown; a frame would show it as it came. @param {string} address */
async function troubleWith(address) {
  try {
    const response = await fetch(address);
    if (response.ok) return "";
    const { error } = await response.json();
    return String(error ?? say().noPreview);
  } catch {
    return say().noPreview;
  }
}
