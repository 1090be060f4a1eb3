// Channels: the ways by which alerts are told.

import { isAdmin, send } from "../dashboard/account.js";
import { get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { format } from "../dashboard/format.js";
import { Refused } from "../dashboard/api.js";
import { confirmed, dialog } from "../access/dialog.js";
import { refusal } from "../access/refusal.js";
import { action, addButton, badge, nothing, row } from "../access/rows.js";
import { channelDialog } from "./channel_form.js";
import { say } from "./say.js";

/** @typedef {import("../access/views.js").Again} Again */

const EVERY_MS = 15_000;
/** The address that asks for a new channel of mail. */
const NEW_MAIL = "#channels=email";

/** @type {import("../access/views.js").View<ChannelRow[]>} */
export const channels = {
  everyMs: () => EVERY_MS,
  load: async () => (await get("channels")).channels,
  help: () => say().channelsHelp,
  shown: (_, again) => openAsked(again),
  tools: (_, again) =>
    isAdmin() ? [addButton("add-channel", say().addChannel, () => channelDialog(null, again))] : [],
  draw: (all, again) => [
    all.length === 0 ? nothing(say().noChannels, say().noChannelsText) : null,
    h(
      "ul",
      { class: "rows" },
      all.map((channel) => channelRow(channel, again)),
    ),
  ],
};

/** The form of a new channel, where a page that lacks one led here. @param {Again} again */
function openAsked(again) {
  if (location.hash !== NEW_MAIL) return;
  history.replaceState(null, "", "#channels");
  if (isAdmin()) channelDialog(null, again, "email");
}

/** @param {ChannelRow} channel @param {Again} again */
function channelRow(channel, again) {
  const { name, kind, language, place, rules, latest } = channel;
  const admin = isAdmin();
  const log = action(say().log, name, () => void showLog(name));
  return row({
    key: name,
    name,
    badges: [badge(say().kinds[kind]), latest ? outcomeBadge(latest) : null],
    facts: [
      place,
      say().languages[language],
      say().toldBy(rules),
      latest ? say().last(format.moment(latest.time)) : say().neverUsed,
    ],
    actions: admin
      ? [
          action(say().test, name, () => void tryOut(name, again)),
          log,
          action(say().edit, name, () => channelDialog(channel, again)),
          action(say().remove, name, () => removeChannel(name, again), true),
        ]
      : [log],
  });
}

/** @param {DeliveryRow} delivery */
function outcomeBadge({ outcome }) {
  const tones = /** @type {const} */ ({ sent: "good", waiting: "strong", given_up: "bad" });
  return badge(say().outcomes[outcome], tones[outcome]);
}

/** Sends a test, and says what came of it. @param {string} name @param {Again} again */
async function tryOut(name, again) {
  const said = h("p", { role: "status" }, say().testing);
  const detail = h("p", { class: "quiet" });
  const box = dialog(say().testOf(name), (close) => [
    said,
    detail,
    h(
      "div",
      { class: "form-actions" },
      h("button", { type: "button", class: "button", id: "tested", on: { click: close } }, say().close),
    ),
  ]);
  try {
    const { sent, answer } = await send("POST", `channels/${encodeURIComponent(name)}/test`);
    said.textContent = sent ? say().testTaken : say().testRefused;
    said.className = sent ? "told good" : "told bad";
    detail.textContent = answer;
  } catch (error) {
    said.textContent = refusal(error).text;
    said.className = "told bad";
  }
  // Its row tells of the test from now on. Behind the open box it stays: that is where the focus comes back to.
  const anew = () => again("");
  if (box.open) box.addEventListener("close", anew);
  else anew();
}

/** @param {string} name */
async function showLog(name) {
  /** @type {DeliveryRow[]} */
  const deliveries = (await get(`channels/${encodeURIComponent(name)}/deliveries`)).deliveries;
  const box = dialog(say().logOf(name), (close) => [
    deliveries.length === 0
      ? h("p", { class: "quiet" }, say().logEmpty)
      : h("ol", { class: "rows record" }, deliveries.map(deliveryRow)),
    h(
      "div",
      { class: "form-actions" },
      h("button", { type: "button", class: "button", on: { click: close } }, say().close),
    ),
  ]);
  box.classList.add("wide");
}

/** @param {DeliveryRow} delivery */
function deliveryRow(delivery) {
  const { id, title, time, tries, outcome, answer } = delivery;
  const when = outcome === "waiting" ? say().nextTry(format.moment(time)) : format.momentLong(time);
  return row({
    key: id,
    name: title,
    badges: [outcomeBadge(delivery)],
    facts: [when, tries > 1 ? say().tries(tries) : null, answer],
  });
}

/** @param {string} name @param {Again} again */
function removeChannel(name, again) {
  confirmed({
    title: say().removeChannel(name),
    text: say().removeChannelText,
    act: say().remove,
    why: (error) =>
      error instanceof Refused && error.code === "conflict" ? { field: "", text: say().stillTold } : refusal(error),
    run: async () => {
      await send("DELETE", `channels/${encodeURIComponent(name)}`);
      again(say().saved);
    },
  });
}
