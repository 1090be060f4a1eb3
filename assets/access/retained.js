// What would go now of what is kept no longer, a run that lets go of it, and how the last one went.

import { send } from "../dashboard/account.js";
import { request } from "../dashboard/api.js";
import { h, replace } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { nameOf } from "./audit.js";
import { confirmed } from "./dialog.js";
import { refusal } from "./refusal.js";
import { say } from "./say.js";

/** As long as all that was ever stored may take to be looked through, ms. */
const LOOK_WITHIN_MS = 300_000;
/** The figures of a bot that say something to people, in this order. @type {Exclude<keyof GoneFigures, "blocks">[]} */
const FIGURES = ["days", "events", "texts", "performance", "sessions", "persons", "bytes"];

/** Whether a run was under way when this was drawn last. */
let watched = false;

/** @param {RetentionRuns} runs @param {import("./views.js").Again} again */
export function retained(runs, again) {
  const { under_way: run, last } = runs;
  if (watched && !run) queueMicrotask(() => again(say().runIsOver));
  watched = run !== null;
  return h(
    "section",
    { class: "retained", "aria-labelledby": "retained-heading" },
    h("h3", { id: "retained-heading" }, say().goesNow),
    run ? underWay(run) : foresight(again),
    last ? lastRun(last) : null,
  );
}

/** @param {RetentionRun} run */
function underWay({ began_at, by }) {
  return h(
    "div",
    { class: "under-way" },
    h("progress", { "aria-labelledby": "under-way" }),
    h("p", { id: "under-way" }, say().runUnderWay(format.timeExact(began_at), askedBy(by))),
  );
}

/** @param {import("./views.js").Again} again */
function foresight(again) {
  const shown = h("div", { class: "foreseen", "aria-live": "polite" });
  const look = async () => {
    button.disabled = true;
    replace(shown, h("p", { class: "hint" }, say().looking));
    try {
      const signal = AbortSignal.timeout(LOOK_WITHIN_MS);
      /** @type {{ bots: GoneOfBot[] }} */
      const { bots } = await request("/api/retention/runs/next", { signal });
      replace(shown, foreseen(bots, again));
    } catch (error) {
      replace(shown, h("p", { class: "field-wrong" }, why(error).text));
    } finally {
      button.disabled = false;
    }
  };
  const attributes = { type: "button", class: "button", id: "see-what-goes", "data-key": "see what goes" };
  const button = h("button", { ...attributes, on: { click: look } }, say().seeWhatGoes);
  return h("div", null, h("p", { class: "hint" }, say().goesNowText), button, shown);
}

/** @param {GoneOfBot[]} bots @param {import("./views.js").Again} again */
function foreseen(bots, again) {
  if (bots.length === 0) return [h("p", { class: "hint" }, say().nothingWouldGo)];
  const ask = () =>
    confirmed({
      title: say().letGoTitle,
      text: say().letGoText,
      act: say().letGo,
      why,
      run: async () => {
        await send("POST", "retention/runs/now");
        again("");
      },
    });
  const attributes = { type: "button", class: "button dangerous", id: "let-go", "data-key": "let go" };
  return [goneRows(bots), h("button", { ...attributes, on: { click: ask } }, say().letGo)];
}

/** @param {RetentionRunEnded} last */
function lastRun({ began_at, ended_at, by, failed, bots, given_back_bytes: bytes }) {
  const ms = Date.parse(ended_at) - Date.parse(began_at);
  const about = [format.momentLong(began_at), askedBy(by), say().took(format.ms(ms))].join(" · ");
  const nothing = bots.length === 0 && !failed;
  return h(
    "div",
    { class: "last-run", "data-run": began_at },
    h("h3", null, say().lastRun),
    h("p", { class: "row-facts" }, about),
    failed ? h("p", { class: "field-wrong" }, say().runFailed) : null,
    nothing ? h("p", { class: "hint" }, say().nothingWent) : goneRows(bots),
    bytes > 0 ? h("p", { class: "hint", id: "given-back" }, say().givenBack(format.size(bytes))) : null,
  );
}

/** @param {GoneOfBot[]} bots */
function goneRows(bots) {
  return h("ul", { class: "rows" }, bots.map(goneRow));
}

/** @param {GoneOfBot} gone */
function goneRow(gone) {
  const told = FIGURES.filter((figure) => gone[figure] > 0);
  return h(
    "li",
    { class: "row gone", "data-gone": gone.bot },
    h(
      "div",
      { class: "row-text" },
      h("p", { class: "row-name" }, h("b", null, gone.bot)),
      h(
        "dl",
        { class: "gone-figures" },
        told.map((figure) =>
          h(
            "div",
            { "data-figure": figure },
            h("dt", null, say().goneFigures[figure]),
            h("dd", null, figure === "bytes" ? format.size(gone.bytes) : format.number(gone[figure])),
          ),
        ),
      ),
    ),
  );
}

/** @param {string | null} by */
function askedBy(by) {
  return by === null ? say().atNight : say().by(nameOf(by));
}

/** @param {unknown} error */
function why(error) {
  const refused = refusal(error);
  const isBusy = error instanceof Error && "code" in error && error.code === "conflict";
  return isBusy ? { field: "", text: say().runBusy } : refused;
}
