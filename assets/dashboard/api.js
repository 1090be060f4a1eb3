// Questions to the server. Each round of a refresh asks every question once, however many panels want the answer.

const ANSWER_WITHIN_MS = 20_000;

/** The server said no, or what it said was no answer. */
export class Refused extends Error {
  /**
   * @param {string} message @param {string} [code] the API's name of the reason
   * @param {number} [waitSeconds] after which it may be asked again
   */
  constructor(message, code = "", waitSeconds = 0) {
    super(message);
    this.code = code;
    this.waitSeconds = waitSeconds;
  }
}

/** Nobody answered. */
export class Unreachable extends Error {}

/** @param {string} path @param {Record<string, string>} [params] @returns {Promise<any>} */
export async function get(path, params = {}) {
  const query = new URLSearchParams(params).toString();
  return request(`/api/${path}${query ? `?${query}` : ""}`);
}

/** @param {string} address @param {RequestInit} [how] @returns {Promise<any>} */
export async function request(address, how = {}) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(address, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), cache: "no-store", ...how });
  } catch (error) {
    throw new Unreachable(`${address}: ${error instanceof Error ? error.message : "no answer"}`);
  }
  /** @type {any} */
  let answer;
  try {
    answer = await response.json();
  } catch {
    // A proxy answers for a server that is gone with a page of its own.
    if (response.status >= 502 && response.status <= 504) throw new Unreachable(`${address}: ${response.status}`);
    throw new Refused(`${address}: ${response.status}`);
  }
  if (response.ok) return answer;
  if (response.status === 401 && answer?.code === "unauthorized") return toLogin();
  const wait = Number(response.headers.get("Retry-After")) || 0;
  throw new Refused(answer?.error ?? `${address}: ${response.status}`, answer?.code, wait);
}

/** Where everyone has to say who he is, and then comes back to what he saw. Nothing more happens on this page. */
export function toLogin() {
  const here = location.pathname + location.search + location.hash;
  location.replace(`/login.html?${new URLSearchParams({ to: here })}`);
  return new Promise(() => {});
}

/** What the bots are called that there are for whoever asks. @returns {Promise<string[]>} */
export async function botNames() {
  /** @type {{ bots: Bot[] }} */
  const { bots } = await get("bots");
  return bots.map((bot) => bot.name);
}

/** As `get`, of the first system's endpoints. @param {string} path @param {Record<string, string>} params */
export async function getLegacy(path, params) {
  const answer = await get(`analytics/${path}`, params);
  if (!answer?.success) throw new Refused(answer?.error ?? path);
  return answer.data;
}

/** One look at the server for one range of one bot. */
export class Round {
  /** @type {Map<string, Promise<any>>} */
  #asked = new Map();

  /** @param {{ bot: string, range: DayRange, compare: boolean, budget: string }} about */
  constructor(about) {
    this.bot = about.bot;
    this.range = about.range;
    this.compare = about.compare;
    this.budget = about.budget;
    /** Questions that nobody answered, and those that were. */
    this.missed = 0;
    this.answered = 0;
  }

  /** @param {string} path @param {Record<string, string>} params @param {Days} days @returns {Promise<any>} */
  #ask(path, params, days) {
    const whole = { bot: this.bot, from: days.from, to: days.to, ...params };
    return this.once(path, () => get(`analytics/${path}`, whole), whole);
  }

  /** @param {string} path @param {() => Promise<any>} ask @param {Record<string, string>} params @returns {Promise<any>} */
  once(path, ask, params) {
    const key = `${path}?${new URLSearchParams(params)}`;
    const known = this.#asked.get(key);
    if (known) return known;
    const answer = this.#watched(ask());
    this.#asked.set(key, answer);
    return answer;
  }

  /** @param {Promise<any>} answer */
  async #watched(answer) {
    try {
      const whole = await answer;
      this.answered += 1;
      return whole;
    } catch (error) {
      if (error instanceof Unreachable) this.missed += 1;
      else this.answered += 1;
      throw error;
    }
  }

  /** Whether the server is away, not just one answer. */
  get isLost() {
    return this.missed > 0 && this.answered === 0;
  }

  /** @param {string} path @param {Record<string, string>} [params] @returns {Promise<any>} */
  now(path, params = {}) {
    return this.#ask(path, params, this.range);
  }

  /** The period before, where it is compared. @param {string} path @param {Record<string, string>} [params] */
  async before(path, params = {}) {
    return this.compare ? this.#ask(path, params, this.range.previous) : null;
  }

  /** @param {string} path @param {Record<string, string>} [params] */
  legacy(path, params = {}) {
    const whole = { bot: this.bot, ...params };
    return this.once(`legacy ${path}`, () => getLegacy(path, whole), whole);
  }
}
