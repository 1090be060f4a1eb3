// A report of any period, to look at and to keep.

import { botNames } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { language } from "../dashboard/i18n.js";
import { selectField } from "../alerts/fields.js";
import { textField } from "../access/fields.js";
import { LATEST, Preview } from "./preview.js";
import { SECTIONS } from "./report_form.js";
import { say } from "./say.js";

/** @type {import("../access/views.js").View<string[]>} */
export const look = {
  load: botNames,
  help: () => say().lookHelp,
  draw: (bots) => {
    const preview = new Preview();
    const show = () => preview.soon(asked());
    const bot = selectField({
      name: "bot",
      label: say().bot,
      options: bots.map((value) => ({ value, label: value })),
      chosen: bots.includes("default") ? "default" : (bots[0] ?? ""),
      changed: show,
    });
    const period = selectField({
      name: "period",
      label: say().period,
      options: [
        ...Object.entries(LATEST).map(([every, value]) => ({
          value,
          label: say().latest[/** @type {ReportEvery} */ (every)],
        })),
        { value: "", label: say().another },
      ],
      chosen: LATEST.week,
      changed: () => {
        other.element.hidden = period.value() !== "";
        show();
      },
    });
    const other = textField({
      name: "other",
      label: say().another,
      hint: say().anotherHint,
      attributes: { autocomplete: "off", spellcheck: "false", placeholder: "2026-11" },
    });
    other.element.hidden = true;
    other.input.addEventListener("input", show);
    const tongue = selectField({
      name: "language",
      label: say().language,
      options: Object.entries(say().languages).map(([value, label]) => ({ value, label })),
      chosen: language(),
      changed: show,
    });
    const asked = () => ({
      bot: bot.value(),
      period: period.value() || other.value() || LATEST.week,
      language: tongue.value(),
      sections: [...SECTIONS],
      public_url: null,
    });
    if (bots.length > 0) void preview.show(asked());
    const choice = [bot, period, other, tongue].map((field) => field.element);
    return [h("div", { class: "form preview-choice" }, choice), preview.element];
  },
};
