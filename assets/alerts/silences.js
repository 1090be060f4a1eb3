// Silences: for a while, no one is told.

import { isAdmin, send } from "../dashboard/account.js";
import { botNames, get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { dialog } from "../access/dialog.js";
import { textField } from "../access/fields.js";
import { Form } from "../access/form.js";
import { action, addButton, nothing, row } from "../access/rows.js";
import { selectField } from "./fields.js";
import { say } from "./say.js";

/** @typedef {{ silences: SilenceRow[], alerts: AlertRow[], bots: string[] }} Data */
/** @typedef {import("../access/views.js").Again} Again */

const HOURS = /** @type {const} */ ([1, 4, 12, 24, 72, 168]);

/** @type {import("../access/views.js").View<Data>} */
export const silences = {
  load: async () => {
    const [{ silences: all, alerts }, bots] = await Promise.all([get("alerts"), botNames()]);
    return { silences: all, alerts, bots };
  },
  help: () => say().silencesHelp,
  tools: (data, again) =>
    isAdmin() ? [addButton("add-silence", say().addSilence, () => addSilence(data, again))] : [],
  draw: (data, again) => [
    data.silences.length === 0 ? nothing(say().noSilences, say().noSilencesText) : null,
    h(
      "ul",
      { class: "rows" },
      data.silences.map((silence) => silenceRow(silence, data, again)),
    ),
  ],
};

/** @param {AlertSilence} silence */
function lasts({ from, until }) {
  const end = format.momentLong(until);
  const isToCome = from !== undefined && Date.parse(from) > Date.now();
  return isToCome ? say().fromUntil(format.momentLong(from), end) : say().until(end);
}

/** @param {SilenceRow} row_ @param {Data} data @param {Again} again */
function silenceRow({ id, silence }, { alerts }, again) {
  const rule = alerts.find((alert) => alert.id === silence.rule)?.rule.name ?? silence.rule;
  const of = silence.rule ? say().ofRule(rule ?? "") : silence.bot ? say().ofBot(silence.bot) : say().ofAll;
  const end = async () => {
    await send("DELETE", `alerts/silences/${encodeURIComponent(id)}`);
    again(say().saved);
  };
  return row({
    key: id,
    name: of,
    facts: [lasts(silence), silence.why],
    actions: isAdmin() ? [action(say().end, of, () => void end(), true)] : [],
  });
}

/** @param {Data} data @param {Again} again */
function addSilence({ alerts, bots }, again) {
  dialog(say().addSilence, (_, cancel) => {
    const what = selectField({
      name: "rule",
      label: say().silenceWhat,
      options: [
        { label: say().everything, options: [{ value: "", label: say().ofAll }] },
        { label: say().bots, options: bots.map((bot) => ({ value: `bot ${bot}`, label: bot })) },
        {
          label: say().views.rules,
          options: alerts.map(({ id, rule }) => ({ value: `rule ${id}`, label: rule.name })),
        },
      ],
      chosen: "",
    });
    const from = textField({
      name: "from",
      label: say().silenceFrom,
      hint: say().silenceFromHint,
      attributes: { type: "datetime-local" },
    });
    const long = selectField({
      name: "until",
      label: say().howLong,
      options: HOURS.map((hours) => ({ value: String(hours), label: say().spans[hours] })),
      chosen: "4",
    });
    const why = textField({
      name: "why",
      label: say().why,
      hint: say().whyHint,
      check: (text) => (text.length <= 100 ? "" : say().nameWrong),
      attributes: { autocomplete: "off" },
    });
    const act = async () => {
      const [kind, ...rest] = what.value().split(" ");
      const begins = from.value() ? new Date(from.value()) : null;
      const until = new Date((begins?.getTime() ?? Date.now()) + Number(long.value()) * 3_600_000).toISOString();
      const of = kind ? { [kind]: rest.join(" ") } : {};
      const when = begins ? { from: begins.toISOString(), until } : { until };
      await send("POST", "alerts/silences", { ...of, ...when, why: why.value() });
      form.element.closest("dialog")?.close();
      again(say().saved);
    };
    const form = new Form({ fields: [what, from, long, why], submit: say().addSilence, act, cancel });
    return [form.element];
  });
}
