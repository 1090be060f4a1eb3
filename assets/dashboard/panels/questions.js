// What people ask most, in their own words.

import { h, replace } from "../dom.js";
import { format } from "../format.js";
import { words } from "../i18n.js";
import { opening } from "../open.js";
import { Panel } from "../panel.js";
import { ranked } from "../table.js";

/** @typedef {{ questions: Question[], truncated: boolean }} Data */

const SHOWN = 10;
/** As many as the server lists. */
const LISTED = 1000;

/** @param {() => void} again */
export function questionsPanel(again) {
  const body = h("div");
  /** @type {import("../panel.js").Spec<Data>} */
  const spec = {
    id: "questions",
    heading: () => words().questionsHeading,
    help: () => words().questionsHelp,
    load: async (round) => (await round.now("questions/top", { limit: String(LISTED) })).data,
    body,
    isEmpty: (data) => data.questions.length === 0,
    draw: (data) => {
      const rows = data.questions.map((row) => ({
        name: row.question,
        count: row.count,
        extra: format.percent(row.percentage),
      }));
      replace(body, ranked(rows, { label: words().questionsHeading, most: SHOWN, pick: opening("question") }));
    },
    table: (data) => ({
      name: "questions",
      head: [words().questionsHeading, words().count, words().share],
      keys: ["question", "count", "share_percent"],
      rows: data.questions.map((row) => [row.question, row.count, row.percentage]),
    }),
    notes: (data) => [
      data.questions.length === LISTED && words().mostOnly(format.number(LISTED)),
      data.truncated && words().truncated,
    ],
  };
  return new Panel(spec, again);
}
