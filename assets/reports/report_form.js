// The form of a report, with what it looks like beside it.

import { format } from "../dashboard/format.js";
import { language } from "../dashboard/i18n.js";
import { dialog } from "../access/dialog.js";
import { textField } from "../access/fields.js";
import { Form } from "../access/form.js";
import { beside, besideForm, checksField, selectField, switchField } from "../alerts/fields.js";
import { LATEST, Preview } from "./preview.js";
import { say } from "./say.js";

/** @type {readonly ReportSection[]} */
export const SECTIONS = ["summary", "questions", "missed", "examples", "leads", "cost", "endpoints"];

/** @typedef {{ bots: string[], channels: string[], hasPublicUrl: boolean }} Known `channels` are those of mail */

/** @param {Known} known @returns {Report} */
export function fresh({ bots, channels }) {
  return {
    name: "",
    bot: bots.includes("default") ? "default" : (bots[0] ?? "default"),
    every: "week",
    hour: 8,
    language: language(),
    channel: channels[0] ?? "",
    recipients: [],
    sections: [...SECTIONS],
    public_url: null,
    enabled: true,
  };
}

/**
 * @param {string} title @param {Report} report @param {Known} known
 * @param {{ submit: string, act: (report: Report) => Promise<void> }} save
 */
export function reportDialog(title, report, known, save) {
  const box = dialog(title, (close, cancel) => {
    const preview = new Preview();
    const fields = new ReportFields(report, known);
    const show = () => preview.soon(fields.asked());
    fields.changed = show;
    void preview.show(fields.asked());
    const act = async () => {
      await save.act(fields.report());
      close();
    };
    const form = new Form({ fields: fields.all, submit: save.submit, act, cancel });
    return [besideForm(form, fields.shown, preview.element)];
  });
  box.classList.add("wide", "report-box");
}

class ReportFields {
  changed = () => {};

  /** @param {Report} report @param {Known} known */
  constructor(report, known) {
    const told = () => this.changed();
    const select = (
      /** @type {string} */ name,
      /** @type {string} */ label,
      /** @type {{ value: string, label: string }[]} */ options,
      /** @type {string} */ chosen,
      hint = "",
    ) => selectField({ name, label, hint, options, chosen, changed: told });
    this.name = textField({
      name: "name",
      label: say().name,
      check: (text) => (text.length >= 1 && text.length <= 100 ? "" : say().nameWrong),
      attributes: { autocomplete: "off", value: report.name },
    });
    const plain = (/** @type {string[]} */ values) => [...new Set(values)].map((value) => ({ value, label: value }));
    this.bot = select("bot", say().bot, plain([report.bot, ...known.bots]), report.bot);
    const rhythms = Object.entries(say().everies).map(([value, label]) => ({ value, label }));
    this.every = select("every", say().every, rhythms, report.every);
    const hours = Array.from({ length: 24 }, (_, hour) => ({ value: String(hour), label: format.hour(hour) }));
    this.hour = select("hour", say().hour, hours, String(report.hour), say().hourHint);
    const tongues = Object.entries(say().languages).map(([value, label]) => ({ value, label }));
    this.language = select("language", say().language, tongues, report.language);
    this.channel = select(
      "channel",
      say().channel,
      plain([...(report.channel ? [report.channel] : []), ...known.channels]),
      report.channel,
      known.channels.length === 0 ? say().noChannels : say().channelHint,
    );
    this.recipients = textField({
      name: "recipients",
      label: say().recipients,
      hint: say().recipientsHint,
      lines: true,
      attributes: { spellcheck: "false", autocapitalize: "none", rows: "3" },
      check: (text) => (lines(text).length <= 50 ? "" : say().tooMany),
    });
    this.recipients.input.value = report.recipients.join("\n");
    this.sections = checksField({
      name: "sections",
      label: say().sections,
      hint: say().sectionsHint,
      options: SECTIONS.map((value) => ({ value, label: say().sectionNames[value] })),
      chosen: report.sections,
    });
    this.sections.check = () => (this.sections.value().length > 0 ? "" : say().noSections);
    this.sections.element.addEventListener("change", told);
    this.address = textField({
      name: "public_url",
      label: say().address,
      hint: known.hasPublicUrl ? say().addressKnown : say().addressHint,
      attributes: {
        autocomplete: "off",
        spellcheck: "false",
        inputmode: "url",
        value: report.public_url ?? (known.hasPublicUrl || report.name ? "" : location.origin),
      },
    });
    this.enabled = switchField({ name: "enabled", label: say().enabled, chosen: report.enabled });
  }

  /** All of them, as they are checked and complained of. */
  get all() {
    const { name, bot, every, hour, language: tongue, channel, recipients, sections, address, enabled } = this;
    return [name, bot, every, hour, tongue, channel, recipients, sections, address, enabled];
  }

  /** The same as they stand in the form. @returns {HTMLElement[]} */
  get shown() {
    return [
      this.name.element,
      beside(this.bot, this.language).element,
      beside(this.every, this.hour).element,
      this.recipients.element,
      this.channel.element,
      this.sections.element,
      this.address.element,
      this.enabled.element,
    ];
  }

  /** What the preview shows. */
  asked() {
    const { bot, every, language: tongue, sections, public_url } = this.report();
    const some = sections.length > 0 ? sections : [...SECTIONS];
    return {
      bot,
      period: LATEST[every],
      language: tongue,
      sections: some,
      public_url: isAddress(public_url) ? public_url : null,
    };
  }

  /** @returns {Report} */
  report() {
    return {
      name: this.name.value(),
      bot: this.bot.value(),
      every: this.every.value(),
      hour: Number(this.hour.value()),
      language: this.language.value(),
      channel: this.channel.value(),
      recipients: lines(this.recipients.value()),
      sections: this.sections.value(),
      public_url: this.address.value() || null,
      enabled: this.enabled.value(),
    };
  }
}

/** One a line. @param {string} text */
export function lines(text) {
  const all = text.split(/[\n,;]+/).map((line) => line.trim());
  return all.filter((line) => line !== "");
}

/** @param {string | null} text */
function isAddress(text) {
  return text !== null && /^https?:\/\/[^/?#\s]+/.test(text);
}
