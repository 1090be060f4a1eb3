// What is compared with what, as the page's address says, and the figures of both.

import { Refused, Unreachable, botNames, get } from "../dashboard/api.js";
import { isSound } from "../dashboard/ranges.js";
import { state } from "../dashboard/state.js";

/** @typedef {import("../dashboard/api.js").Round} Round */
/** @typedef {{ name: string, days: Days }} Side */
/** @typedef {{ bots: string[], experiments: Experiment[] }} Offered what there is to compare with */
/**
 * @typedef {Offered & { sides: [Side, Side], figures: FigureChange[], experiment: string | null, cutAt: string | null }} Compared
 * `cutAt`: only sessions that began before are counted
 */

/** The days that are compared with, where some are chosen. */
export function otherDays() {
  const days = { from: state().otherFrom, to: state().otherTo };
  return isSound(days) ? days : null;
}

/**
 * The experiment whose variants are compared, and these: those chosen, or the first that is not the control with the control.
 * @param {Experiment[]} experiments
 */
export function chosenVariants(experiments) {
  const experiment = experiments.find(({ name }) => name === state().experiment);
  if (!experiment) return null;
  const names = experiment.variants.map(({ name }) => name);
  const known = (/** @type {string} */ name) => (names.includes(name) ? name : null);
  const otherVariant = known(state().otherVariant) ?? names.find((name) => name !== state().variant) ?? "";
  const chosen = known(state().variant);
  const isOther = (/** @type {string} */ name) => name === otherVariant;
  const variant = chosen !== null && !isOther(chosen) ? chosen : (names.find((name) => !isOther(name)) ?? "");
  return { experiment, names, variant, otherVariant };
}

/** @param {Round} round @returns {Promise<Compared>} */
export async function compared(round) {
  const offered = await offeredIn(round);
  const variants = chosenVariants(offered.experiments);
  if (variants) return { ...offered, ...(await ofVariants(round, variants)) };
  const { other } = state();
  const days = otherDays() ?? (other ? null : round.range.previous);
  const asked = {
    ...(other && other !== round.bot ? { other_bot: other } : {}),
    ...(days ? { other_from: days.from, other_to: days.to } : {}),
  };
  /** @type {Comparison} */
  const { this: mine, other: with_, figures } = await round.now("compare", asked);
  const side = (/** @type {Comparison["this"]} */ one) => ({ name: one.bot, days: { from: one.from, to: one.to } });
  return { ...offered, sides: [side(mine), side(with_)], figures, experiment: null, cutAt: null };
}

/**
 * @param {Round} round @param {NonNullable<ReturnType<typeof chosenVariants>>} chosen
 * @returns {Promise<Omit<Compared, keyof Offered>>}
 */
async function ofVariants(round, { experiment, variant, otherVariant }) {
  const path = `experiments/${encodeURIComponent(experiment.name)}/compare`;
  const params = { from: round.range.from, to: round.range.to, variant, other_variant: otherVariant };
  /** @type {VariantComparison} */
  const answer = await round.once(path, () => get(path, params), params);
  const days = { from: answer.from, to: answer.to };
  const sides = /** @type {[Side, Side]} */ ([answer.this, answer.other].map((name) => ({ name, days })));
  return { sides, figures: answer.figures, experiment: answer.experiment, cutAt: answer.cut_at };
}

/** @param {Round} round @returns {Promise<Offered>} */
async function offeredIn(round) {
  const [bots, experiments] = await Promise.all([
    seen(round.once("bots", botNames, {})),
    seen(round.once("experiments", startedExperiments, {})),
  ]);
  return { bots, experiments: experiments.filter(({ bot }) => bot === round.bot) };
}

/** @returns {Promise<Experiment[]>} */
async function startedExperiments() {
  /** @type {{ experiments: Experiment[] }} */
  const { experiments } = await get("experiments");
  return experiments.filter(({ started_at }) => started_at !== null);
}

/** Nothing of what someone may not see. @template T @param {Promise<T[]>} answer @returns {Promise<T[]>} */
async function seen(answer) {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Unreachable || !(error instanceof Refused)) throw error;
    return [];
  }
}
