// Which reports are sent, and to whom.

import { isAdmin, send } from "../dashboard/account.js";
import { botNames, get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { words } from "../dashboard/i18n.js";
import { confirmed, dialog } from "../access/dialog.js";
import { textField } from "../access/fields.js";
import { Form } from "../access/form.js";
import { action, addButton, badge, nothing, row } from "../access/rows.js";
import { LATEST, Preview } from "./preview.js";
import { fresh, lines, reportDialog } from "./report_form.js";
import { say } from "./say.js";

/** @typedef {{ reports: ReportRow[] } & import("./report_form.js").Known} Data */

const EVERY_MS = 30_000;

/** @type {import("../access/views.js").View<Data>} */
export const reports = {
  everyMs: () => EVERY_MS,
  load: async () => {
    const [{ reports: all, has_public_url }, bots, { channels }] = await Promise.all([
      get("reports"),
      botNames(),
      get("channels"),
    ]);
    const mails = channels.filter((/** @type {ChannelRow} */ channel) => channel.kind === "email");
    return {
      reports: all,
      hasPublicUrl: has_public_url,
      bots,
      channels: mails.map((/** @type {ChannelRow} */ channel) => channel.name),
    };
  },
  help: () => say().reportsHelp,
  tools: (data, again) =>
    isAdmin() && data.channels.length > 0
      ? [addButton("add-report", say().addReport, () => addReport(data, again))]
      : [],
  draw: (data, again) => [
    data.channels.length === 0 && isAdmin() ? needsChannel() : null,
    data.reports.length === 0 && (data.channels.length > 0 || !isAdmin())
      ? nothing(say().noReports, say().noReportsText)
      : null,
    h(
      "ul",
      { class: "rows" },
      data.reports.map((report) => reportRow(report, data, again)),
    ),
  ],
};

/** What is missing before anything can be sent. */
function needsChannel() {
  return h(
    "div",
    { class: "nothing" },
    h("h3", null, say().noMail),
    h("p", null, say().noMailText),
    h("p", null, h("a", { class: "button strong", href: "/alerts.html#channels=email" }, say().toChannels)),
  );
}

/** @param {Data} data @param {import("../access/views.js").Again} again */
function addReport(data, again) {
  reportDialog(say().addReport, fresh(data), data, {
    submit: say().addReport,
    act: async (report) => {
      await send("POST", "reports", { ...report });
      again(say().saved);
    },
  });
}

/** @param {ReportRow} known @param {Data} data @param {import("../access/views.js").Again} again */
function reportRow(known, data, again) {
  const { id, report, unsubscribed, next_at, sent_at } = known;
  const path = `reports/${encodeURIComponent(id)}`;
  const edit = () =>
    reportDialog(say().editReport(report.name), report, data, {
      submit: say().save,
      act: async (changed) => {
        await send("PUT", path, { ...changed });
        again(say().saved);
      },
    });
  const remove = () =>
    confirmed({
      title: say().removeReport(report.name),
      text: say().removeReportText,
      act: say().remove,
      run: async () => {
        await send("DELETE", path);
        again(say().saved);
      },
    });
  const actions = [
    action(say().preview, report.name, () => lookAt(report)),
    ...(isAdmin()
      ? [
          action(say().sendNow, report.name, () => sendNow(path, report, again)),
          action(say().edit, report.name, edit),
          action(say().remove, report.name, remove, true),
        ]
      : []),
  ];
  return row({
    key: id,
    name: report.name,
    badges: [
      report.enabled ? badge(say().everies[report.every], "strong") : badge(say().off),
      report.recipients.length === 0 ? badge(say().toNoOne, "bad") : null,
    ],
    facts: [
      report.bot,
      say().languages[report.language],
      report.recipients.length > 0 ? say().to(report.recipients.join(", ")) : null,
      next_at ? say().next(format.moment(next_at)) : null,
      sent_at ? say().last(format.moment(sent_at)) : null,
      unsubscribed.length > 0 ? say().unsubscribed(unsubscribed.join(", ")) : null,
    ],
    actions,
  });
}

/** @param {Report} report */
function lookAt(report) {
  const box = dialog(report.name, (_close, cancel) => {
    const preview = new Preview();
    void preview.show({ ...report, period: LATEST[report.every] });
    cancel.textContent = words().close;
    return [preview.element, h("div", { class: "form-actions" }, cancel)];
  });
  box.classList.add("wide");
}

/** @param {string} path @param {Report} report @param {import("../access/views.js").Again} again */
function sendNow(path, report, again) {
  dialog(say().sendNowOf(report.name), (close, cancel) => {
    const to = textField({
      name: "to",
      label: say().recipients,
      hint: say().sendHint,
      lines: true,
      attributes: { spellcheck: "false", autocapitalize: "none", rows: "3" },
      check: (text) => (text ? "" : say().sayWho),
    });
    to.input.value = report.recipients.join("\n");
    const act = async () => {
      await send("POST", `${path}/send`, { to: lines(to.value()) });
      close();
      again(say().onItsWay);
    };
    const form = new Form({ fields: [to], submit: say().sendNow, act, cancel });
    return [h("p", { class: "quiet" }, say().sendText), form.element];
  });
}
