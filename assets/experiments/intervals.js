// Intervals of lifts, drawn on one scale: where a bar leaves out the line of nothing, there is a difference.

import { svg } from "../dashboard/dom.js";

/** @typedef {{ low: number, high: number }} Scale */

const WIDTH = 240;
const HEIGHT = 24;
/** Percent beyond which nothing more is to be seen, unless the lift itself lies there: of few units an interval is endless. */
const FARTHEST = 200;

/** What all intervals of a table lie in. @param {VariantFound[]} variants @returns {Scale | null} */
export function whole(variants) {
  const lifts = variants.flatMap(({ lift_percent: lift }) => (lift ? [lift.low, lift.high] : []));
  if (lifts.length === 0) return null;
  const low = Math.max(-100, Math.min(0, ...lifts));
  const middles = variants.map(({ lift_percent: lift }) => (lift ? 1.5 * lift.value : 0));
  const high = Math.min(Math.max(FARTHEST, ...middles), Math.max(0, ...lifts));
  const room = Math.max(high - low, 1) * 0.06;
  return { low: low - room, high: high + room };
}

/** @param {Estimated} lift @param {Scale} scale @param {"higher" | "lower"} direction */
export function drawn({ value, low, high }, scale, direction) {
  const x = (/** @type {number} */ at) => {
    const inside = Math.max(scale.low, Math.min(scale.high, at));
    return ((inside - scale.low) / (scale.high - scale.low)) * WIDTH;
  };
  const isSure = low > 0 || high < 0;
  const isGood = low > 0 === (direction === "higher");
  const tone = isSure ? (isGood ? "good" : "bad") : "open";
  const line = (/** @type {number} */ at, /** @type {string} */ name) =>
    svg("line", { class: name, x1: x(at), x2: x(at), y1: 2, y2: HEIGHT - 2 });
  return svg(
    "svg",
    {
      class: `interval ${tone}`,
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      "aria-hidden": "true",
    },
    line(0, "nothing-line"),
    svg("rect", { class: "reach", x: x(low), y: 8, width: Math.max(1, x(high) - x(low)), height: HEIGHT - 16, rx: 4 }),
    svg("circle", { class: "middle", cx: x(value), cy: HEIGHT / 2, r: 4.5 }),
  );
}
