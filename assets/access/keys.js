// Keys of programs.

import { send } from "../dashboard/account.js";
import { botNames, get } from "../dashboard/api.js";
import { h } from "../dashboard/dom.js";
import { BotsField } from "./bots_field.js";
import { confirmed, dialog } from "./dialog.js";
import { choiceField, textField } from "./fields.js";
import { Form } from "./form.js";
import { showOnce } from "./once.js";
import { action, addButton, badge, botsOf, nothing, row, since } from "./rows.js";
import { say } from "./say.js";

/** @typedef {{ keys: KnownKey[], bots: string[] }} Data */

const RATE_MAX = 1_000_000;

/** @type {import("./views.js").View<Data>} */
export const keys = {
  load: async () => {
    const [{ keys: all }, bots] = await Promise.all([get("access/keys"), botNames()]);
    return { keys: all, bots };
  },
  help: () => say().keysHelp,
  tools: (data, again) => [addButton("add-key", say().addKey, () => addKey(data, again))],
  draw: (data, again) => [
    data.keys.length === 0 ? nothing(say().noKeys, say().noKeysText) : null,
    h(
      "ul",
      { class: "rows" },
      data.keys.map((key) => keyRow(key, again)),
    ),
  ],
};

/** @param {KnownKey} key @param {import("./views.js").Again} again */
function keyRow(key, again) {
  return row({
    key: key.name,
    name: key.name,
    badges: [badge(say().kinds[key.kind], key.kind === "admin" ? "strong" : "")],
    facts: [
      botsOf(key.bots),
      key.origins.length > 0 ? say().pagesOf(key.origins.join(", ")) : null,
      key.rate_limit === null ? null : say().perSecond(key.rate_limit),
      since(key.created_at),
      say().idOf(key.id),
    ],
    actions: [action(say().revoke, key.name, () => revoke(key, again), true)],
  });
}

/** @param {KnownKey} key @param {import("./views.js").Again} again */
function revoke({ id, name }, again) {
  confirmed({
    title: say().revokeKey(name),
    text: say().revokeText,
    act: say().revoke,
    run: async () => {
      await send("DELETE", `access/keys/${encodeURIComponent(id)}`);
      again(say().saved);
    },
  });
}

/** @param {Data} data @param {import("./views.js").Again} again */
function addKey(data, again) {
  dialog(say().addKey, (close, cancel) => {
    const name = textField({
      name: "name",
      label: say().name,
      hint: say().keyNameHint,
      check: (text) => (text.length >= 1 && text.length <= 64 ? "" : say().keyNameWrong),
      attributes: { autocomplete: "off" },
    });
    const bots = new BotsField({ known: data.bots, chosen: [], ofAll: say().keyForAll });
    const origins = textField({
      name: "origins",
      label: say().origins,
      hint: say().originsHint,
      check: checkOrigins,
      lines: true,
      attributes: { spellcheck: "false", autocapitalize: "none" },
    });
    const rate = textField({
      name: "rate_limit",
      label: say().rateLimit,
      hint: say().rateHint,
      check: checkRate,
      attributes: { inputmode: "numeric", autocomplete: "off" },
    });
    const kind = kindField(bots, origins.element);
    const act = async () => {
      /** @type {NewKey} */
      const made = await send("POST", "access/keys", {
        name: name.value(),
        kind: kind.value(),
        bots: bots.value(),
        origins: kind.value() === "ingest" ? lines(origins.value()) : [],
        rate_limit: rate.value() ? Number(rate.value()) : null,
      });
      close();
      showOnce(made);
      again("");
    };
    return [new Form({ fields: [name, kind, bots, origins, rate], submit: say().addKey, act, cancel }).element];
  });
}

/** @param {BotsField} bots @param {HTMLElement} origins */
function kindField(bots, origins) {
  return choiceField({
    name: "kind",
    label: say().kind,
    choices: /** @type {const} */ (["ingest", "read", "admin"]).map((value) => ({
      value,
      title: say().kinds[value],
      help: say().kindHelp[value],
    })),
    chosen: "ingest",
    changed: (value) => {
      bots.allow(value === "admin" ? "all" : "either");
      origins.hidden = value !== "ingest";
    },
  });
}

/** @param {string} text */
function lines(text) {
  return text.split(/\s+/).filter((line) => line !== "");
}

/** @param {string} text */
function checkOrigins(text) {
  for (const line of lines(text)) {
    const { origin, protocol } = URL.canParse(line) ? new URL(line) : { origin: "", protocol: "" };
    if (!/^https?:$/.test(protocol)) return say().originWrong(line);
    // Browsers send it in one way, and nothing else would ever match.
    if (origin !== line) return say().originWritten(line, origin);
  }
  return "";
}

/** @param {string} text */
function checkRate(text) {
  const isWhole = /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= RATE_MAX;
  return text === "" || isWhole ? "" : say().rateWrong;
}
