// The form of a channel: each kind has fields of its own. Secrets go one way only.

import { send } from "../dashboard/account.js";
import { language } from "../dashboard/i18n.js";
import { dialog } from "../access/dialog.js";
import { textField } from "../access/fields.js";
import { Form } from "../access/form.js";
import { numberField, selectField } from "./fields.js";
import { say } from "./say.js";

/** @type {ChannelKind[]} */
const KINDS = ["email", "webhook", "slack", "teams", "discord", "telegram"];

const LANGUAGES = /** @type {const} */ (["en", "pl"]);

/**
 * @param {ChannelRow | null} channel nothing for a new one @param {import("../access/views.js").Again} again
 * @param {ChannelKind} [kind] of a new one, at first
 */
export function channelDialog(channel, again, kind = "webhook") {
  const title = channel ? say().editChannel(channel.name) : say().addChannel;
  dialog(title, (close, cancel) => {
    const fields = new ChannelFields(channel, kind);
    const act = async () => {
      const draft = fields.draft();
      if (channel) await send("PUT", `channels/${encodeURIComponent(channel.name)}`, draft);
      else await send("POST", "channels", { name: fields.name.value(), channel: draft });
      close();
      again(say().saved);
    };
    const all = channel ? fields.all : [fields.name, fields.kind, ...fields.all];
    return [new Form({ fields: all, submit: channel ? say().save : say().addChannel, act, cancel }).element];
  });
}

class ChannelFields {
  /** @param {ChannelRow | null} channel @param {ChannelKind} kind */
  constructor(channel, kind) {
    this.channel = channel;
    const mail = channel?.mail ?? null;
    const kept = channel !== null;
    const hidden = (
      /** @type {string} */ name,
      /** @type {string} */ label,
      /** @type {string} */ hint,
      attributes = {},
    ) =>
      textField({
        name,
        label,
        hint: kept ? `${hint} ${say().keepSecret}`.trim() : hint,
        attributes: { autocomplete: "off", spellcheck: "false", autocapitalize: "none", ...attributes },
      });
    const unseen = { autocomplete: "new-password" };
    const text = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ hint, value = "") =>
      textField({ name, label, hint, attributes: { autocomplete: "off", spellcheck: "false", value } });
    this.name = textField({
      name: "name",
      label: say().name,
      hint: say().channelNameHint,
      check: (name) => (name.length >= 1 && name.length <= 64 ? "" : say().nameWrong),
      attributes: { autocomplete: "off" },
    });
    this.kind = selectField({
      name: "kind",
      label: say().kind,
      options: KINDS.map((value) => ({ value, label: say().kinds[value] })),
      chosen: channel?.kind ?? kind,
      changed: () => this.#arrange(),
    });
    this.language = selectField({
      name: "language",
      label: say().language,
      hint: say().languageHint,
      options: LANGUAGES.map((value) => ({ value, label: say().languages[value] })),
      chosen: channel?.language ?? language(),
    });
    this.url = hidden("url", say().url, say().urlHint);
    this.secret = hidden("secret", say().signingSecret, say().signingHint, unseen);
    this.token = hidden("token", say().token, say().tokenHint, unseen);
    this.chat = text("chat_id", say().chat, say().chatHint, channel?.chat_id ?? "");
    this.server = text("url", say().botServer, say().botServerHint, channel?.url ?? "");
    this.host = text("host", say().host, "", mail?.host);
    this.security = selectField({
      name: "security",
      label: say().security,
      options: /** @type {const} */ (["starttls", "tls", "none"]).map((value) => ({
        value,
        label: say().securities[value],
      })),
      chosen: mail?.security ?? "starttls",
    });
    this.port = numberField({
      name: "port",
      label: say().port,
      hint: say().portHint,
      value: mail?.port ?? null,
      least: 1,
      most: 65_535,
      whole: true,
    });
    this.user = text("user", say().user, say().userHint, mail?.user ?? "");
    this.password = hidden("password", say().mailPassword, "", unseen);
    this.from = text("from", say().from, say().fromHint, mail?.from);
    this.to = textField({
      name: "to",
      label: say().to,
      hint: say().toHint,
      lines: true,
      attributes: { spellcheck: "false", autocapitalize: "none" },
    });
    this.to.input.value = (mail?.to ?? []).join("\n");
    this.#arrange();
  }

  #kind() {
    return this.channel?.kind ?? /** @type {ChannelKind} */ (this.kind.value());
  }

  #own() {
    return [...this.#ofKind(), this.language];
  }

  #ofKind() {
    const kind = this.#kind();
    if (kind === "email") return [this.host, this.security, this.port, this.user, this.password, this.from, this.to];
    if (kind === "telegram") return [this.token, this.chat, this.server];
    return kind === "webhook" ? [this.url, this.secret] : [this.url];
  }

  get all() {
    const { url, secret, token, chat, server, host, security, port, user, password, from, to } = this;
    return [url, secret, token, chat, server, host, security, port, user, password, from, to, this.language];
  }

  #arrange() {
    const own = this.#own();
    for (const field of this.all) field.element.hidden = !own.some((one) => one === field);
    // Of a form with several passwords browsers believe that it is several forms: those of other kinds are none.
    for (const { input, element } of [this.secret, this.token, this.password])
      input.setAttribute("type", element.hidden ? "text" : "password");
  }

  /** As the server takes it: what is secret only where it was typed. */
  draft() {
    /** @type {Record<string, unknown>} */
    const draft = { kind: this.#kind() };
    for (const field of this.#own()) {
      const value = field.value();
      if (value === "" || value === null) continue;
      draft[field.name] = field.name === "to" ? lines(value) : value;
    }
    return draft;
  }
}

/** @param {string} text */
function lines(text) {
  return text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
