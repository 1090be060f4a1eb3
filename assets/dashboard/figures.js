// The key figures: where each comes from, and how it reads. Everything here is the API's; only changes are computed.

import { Unreachable } from "./api.js";
import { format } from "./format.js";
import { words } from "./i18n.js";

/**
 * @typedef {{
 *   overview: Overview, conversations: Conversations, engagement: Engagement,
 * }} Whole
 * @typedef {{ now: Whole, before: { overview: Overview, conversations: Conversations, engagement: Engagement } | null, legacy: boolean }} FiguresData
 * @typedef {keyof ReturnType<typeof words>["figures"]} FigureName
 * @typedef {{
 *   name: Exclude<FigureName, "heading">,
 *   total: (whole: Whole) => number | null,
 *   day: (day: DayFigures) => number | null,
 *   format: (value: number) => string,
 *   axis: (value: number) => string,
 *   better: "more" | "less" | "neither",
 *   adds?: boolean,
 *   kind: "count" | "share" | "time" | "money",
 * }} Figure
 */

const number = { format: format.number, axis: format.compact, kind: /** @type {const} */ ("count") };
const share = { format: format.percent, axis: format.percentAxis, kind: /** @type {const} */ ("share") };
const time = { format: format.ms, axis: format.ms, kind: /** @type {const} */ ("time") };

/** @param {number} value @param {number} of */
const where = (value, of) => (of > 0 ? value : null);

/** @type {Figure[]} */
export const FIGURES = [
  {
    name: "conversations",
    ...number,
    adds: true,
    better: "more",
    total: (all) => all.overview.overview.total_conversations,
    day: (day) => day.total_conversations,
  },
  {
    name: "users",
    ...number,
    better: "more",
    total: (all) => all.overview.overview.unique_users,
    day: (day) => day.unique_users,
  },
  {
    name: "sessions",
    ...number,
    adds: true,
    better: "more",
    total: (all) => all.engagement.total_sessions,
    day: (day) => day.total_sessions,
  },
  {
    name: "leads",
    ...number,
    adds: true,
    better: "more",
    total: (all) => all.overview.overview.total_leads,
    day: (day) => day.total_leads,
  },
  {
    name: "conversion",
    ...share,
    better: "more",
    total: ({ overview: { overview: all } }) => where(all.conversion_rate_percent, all.unique_sessions),
    day: (day) => where(day.conversion_rate_percent, day.unique_sessions),
  },
  {
    name: "median",
    ...time,
    better: "less",
    total: ({ conversations: { response_time_ms: times } }) => where(times.p50, times.count),
    day: (day) => where(day.response_time_ms.p50, day.response_time_ms.count),
  },
  {
    name: "p95",
    ...time,
    better: "less",
    total: ({ conversations: { response_time_ms: times } }) => where(times.p95, times.count),
    day: (day) => where(day.response_time_ms.p95, day.response_time_ms.count),
  },
  {
    name: "missed",
    ...share,
    better: "less",
    total: ({ overview: { overview: all } }) => where(all.not_understood_percent, all.total_conversations),
    day: (day) => where(day.not_understood_percent, day.total_conversations),
  },
  {
    name: "satisfaction",
    ...share,
    better: "more",
    total: ({ overview: { overview: all } }) => where(all.satisfaction_percent, all.satisfaction_votes),
    day: (day) => where(day.satisfaction_percent, day.satisfaction_votes),
  },
  {
    name: "cost",
    adds: true,
    format: format.money,
    axis: format.money,
    kind: "money",
    better: "neither",
    total: (all) => all.overview.overview.cost_usd,
    day: (day) => day.cost_usd,
  },
];

/** What names of values end in, in files. */
export const UNITS = { count: "", share: "_percent", time: "_ms", money: "_usd" };

/** @param {string} name @returns {Figure} */
export function figure(name) {
  return FIGURES.find((known) => known.name === name) ?? /** @type {Figure} */ (FIGURES[0]);
}

/** @param {Figure} figure */
export const nameOf = (figure) => words().figures[figure.name][0] ?? "";
/** @param {Figure} figure */
export const meaningOf = (figure) => words().figures[figure.name][1] ?? "";

/** @param {import("./api.js").Round} round @returns {Promise<FiguresData>} */
export async function loadFigures(round) {
  try {
    const [now, before] = await Promise.all([
      whole((path, params) => round.now(path, params)),
      round.compare ? whole((path, params) => round.before(path, params)) : null,
    ]);
    // A period in which there was nothing yet is no measure.
    return { now, before: before && isSilent(before) ? null : before, legacy: false };
  } catch (error) {
    if (error instanceof Unreachable) throw error;
    return older(round, error);
  }
}

/** @param {Whole} whole */
export function isSilent({ overview: { overview }, engagement }) {
  return overview.total_conversations + overview.total_leads + engagement.total_sessions === 0;
}

/** @param {(path: string, params: Record<string, string>) => Promise<any>} ask @returns {Promise<Whole>} */
async function whole(ask) {
  const [overview, conversations, engagement] = await Promise.all([
    ask("overview", { by_day: "true" }),
    ask("conversations", { fill: "true" }),
    ask("engagement", {}),
  ]);
  return { overview, conversations, engagement };
}

/**
 * What the older endpoints tell of the last seven days, in the newer ones' form.
 * @param {import("./api.js").Round} round @param {unknown} reason @returns {Promise<FiguresData>}
 */
async function older(round, reason) {
  /** @type {any} */
  let week;
  try {
    week = await round.legacy("metrics/weekly");
  } catch {
    throw reason;
  }
  const none = { count: 0, avg: 0, p50: 0, p95: 0, p99: 0, max: 0 };
  const days = week.daily_breakdown.map((/** @type {any} */ day) => ({
    date: day.date,
    total_conversations: day.conversations,
    total_leads: day.leads,
    cost_usd: day.cost_usd,
    total_sessions: 0,
    unique_sessions: 0,
    unique_users: 0,
    conversion_rate_percent: 0,
    response_time_ms: none,
    not_understood_percent: 0,
    satisfaction_percent: 0,
    satisfaction_votes: 0,
  }));
  const { summary } = week;
  const figures = {
    total_conversations: summary.total_conversations,
    total_leads: summary.total_leads,
    cost_usd: summary.total_cost_usd,
    unique_sessions: summary.conversion_rate > 0 ? 1 : 0,
    unique_users: 0,
    conversion_rate_percent: summary.conversion_rate,
    not_understood_percent: 0,
    satisfaction_percent: 0,
    satisfaction_votes: 0,
  };
  const conversations = {
    conversations_by_day: days.map((/** @type {DayFigures} */ day) => ({
      date: day.date,
      count: day.total_conversations,
    })),
    sentiment_distribution: [],
    sentiment_by_day: [],
    total_analyzed: summary.total_conversations,
    response_time_ms: none,
    by_hour_of_week: [],
  };
  const engagement = /** @type {Engagement} */ ({ total_sessions: 0 });
  const overview = { overview: figures, previous: figures, by_day: days };
  return { now: { overview, conversations, engagement }, before: null, legacy: true };
}

/** By the hours of the day. @param {Conversations} answer */
export function hoursOf(answer) {
  return Array.from({ length: 24 }, (_, hour) =>
    answer.by_hour_of_week.reduce((sum, day) => sum + (day[hour] ?? 0), 0),
  );
}

/** The figures that the older endpoints know. */
export const OLDER = ["conversations", "leads", "conversion", "cost"];

/**
 * How a figure has changed.
 * @param {Figure} figure @param {number | null} now @param {number | null} before
 * @param {boolean} unfinished whether the period still goes on
 * @returns {{ text: string, way: "up" | "down" | "same", good: boolean | null } | null}
 */
export function changeOf(figure, now, before, unfinished) {
  if (now === null || before === null) return null;
  const isShare = figure.kind === "share";
  if (!isShare && before === 0 && now > 0) return { text: words().new, way: "up", good: null };
  const difference = isShare ? now - before : before === 0 ? 0 : ((now - before) / before) * 100;
  const way = Math.abs(difference) < 0.05 ? "same" : difference > 0 ? "up" : "down";
  const text = isShare ? `${format.signed(difference)} ${words().points}` : format.signedPercent(difference);
  // What changes by less than a hundredth is neither good news nor bad, nor is what may still catch up.
  const open = unfinished && figure.kind === "count" && way === "down";
  const isNews = Math.abs(difference) >= 1 && figure.better !== "neither" && !open;
  return { text, way, good: isNews ? (way === "up") === (figure.better === "more") : null };
}
