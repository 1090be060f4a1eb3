// The variants of an experiment: what each is called, how often it is drawn, and what the built-in bot says in it.

import { notes } from "../access/fields.js";
import { h, replace } from "../dashboard/dom.js";
import { language } from "../dashboard/i18n.js";
import { say } from "./say.js";

const MOST = 8;
const WEIGHT_MAX = 10_000;
/** What a bot says first. */
const GREETING = "greeting";

/** @param {ExperimentVariant[]} variants @returns {import("../access/fields.js").Field} */
export function variantsField(variants) {
  const { id, help, wrong, described } = notes(say().variantsHint);
  const keys = variants.flatMap((variant) => Object.keys(variant.replies ?? {}));
  const intents = keys.map((key) => key.replace(/:(pl|en)$/, ""));
  const intent = h("input", {
    type: "text",
    id,
    name: "intent",
    class: "field",
    value: intents[0] ?? GREETING,
    autocomplete: "off",
    "aria-describedby": described,
  });
  /** @type {ReturnType<typeof variantRow>[]} */
  let rows = [];
  const list = h("div", { class: "variants" });
  const add = h("button", { type: "button", class: "button small", id: "add-variant" }, say().addVariant);
  const draw = () => {
    rows.forEach((one, place) => one.stand(place, rows.length > 2));
    replace(
      list,
      rows.map((one) => one.element),
    );
    add.hidden = rows.length >= MOST;
  };
  const begin = (/** @type {ExperimentVariant} */ variant) => {
    const one = variantRow(variant, intents[0] ?? GREETING, () => {
      rows = rows.filter((other) => other !== one);
      draw();
    });
    return one;
  };
  rows = variants.map(begin);
  add.addEventListener("click", () => {
    rows.push(begin({ name: "", weight: 1 }));
    draw();
    rows.at(-1)?.focus();
  });
  draw();
  return {
    name: "variants",
    element: h(
      "fieldset",
      { class: "form-field" },
      h("legend", null, say().variants),
      h("div", { class: "form-field" }, h("label", { for: id }, say().intent), intent, help),
      list,
      h("div", null, add),
      wrong,
    ),
    value: () => rows.map((one) => one.value(intent.value.trim())),
    check: () => complaint(rows.map((one) => one.value(intent.value.trim()))),
    complain: (text) => replace(wrong, text),
    focus: () => rows[0]?.focus(),
  };
}

/** @param {ExperimentVariant[]} variants */
function complaint(variants) {
  const names = variants.map(({ name }) => name);
  if (names.some((name) => !/^[^/]{1,64}$/.test(name))) return say().nameWrong;
  if (new Set(names).size < names.length) return say().namesTwice;
  const isWeight = (/** @type {number} */ weight) => Number.isInteger(weight) && weight >= 0 && weight <= WEIGHT_MAX;
  if (!variants.every(({ weight }) => isWeight(weight))) return say().weightWrong;
  return variants.filter(({ weight }) => weight > 0).length < 2 ? say().weightsNone : "";
}

/** @param {ExperimentVariant} variant @param {string} intent @param {() => void} leave */
function variantRow(variant, intent, leave) {
  const name = h("input", { type: "text", class: "field", name: "variant", value: variant.name, autocomplete: "off" });
  const weight = h("input", {
    type: "text",
    class: "field variant-weight",
    name: "weight",
    inputmode: "numeric",
    value: String(variant.weight),
    autocomplete: "off",
  });
  const reply = h("textarea", { class: "field", rows: "2", name: "reply" });
  reply.value = variant.replies?.[intent] ?? "";
  // Of those who write in the other language than whoever sets it up.
  const other = language() === "pl" ? ":en" : ":pl";
  const otherReply = h("textarea", { class: "field", rows: "2", name: "other-reply" });
  otherReply.value = variant.replies?.[intent + other] ?? "";
  const remove = h("button", { type: "button", class: "button small dangerous", on: { click: leave } }, say().remove);
  const title = h("b", null);
  const labels = /** @type {const} */ ([
    [name, say().variantName],
    [weight, say().weight],
    [reply, say().reply],
    [otherReply, say().otherReply],
  ]);
  const [named, weighed, ...said] = labels.map(([input, label]) =>
    h("label", { class: "variant-part" }, h("span", null, label), input),
  );
  const element = h(
    "div",
    { class: "variant" },
    h("div", { class: "variant-head" }, title, remove),
    h("div", { class: "variant-name" }, named, weighed),
    said,
  );
  return {
    element,
    focus: () => name.focus(),
    stand: (/** @type {number} */ place, /** @type {boolean} */ canLeave) => {
      title.textContent = place === 0 ? say().control : say().variantNumber(place);
      remove.hidden = !canLeave;
      remove.setAttribute("aria-label", `${say().remove}: ${title.textContent}`);
      for (const [input, label] of labels) input.setAttribute("aria-label", `${title.textContent}: ${label}`);
    },
    /** @param {string} of @returns {ExperimentVariant} */
    value: (of) => {
      // Replies to other intents stay as they were set elsewhere.
      const { [intent]: _, [intent + other]: __, ...replies } = variant.replies ?? {};
      for (const [key, field] of /** @type {const} */ ([
        [of, reply],
        [of + other, otherReply],
      ])) {
        const text = field.value.trim();
        if (text && of) replies[key] = text;
      }
      return { name: name.value.trim(), weight: Number(weight.value.trim() || "x"), replies };
    },
  };
}
