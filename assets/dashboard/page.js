// A page of figures: puts its parts together, and keeps them fresh.

import { account, learn, seesAllBots, seesFigures } from "./account.js";
import { Round, Unreachable, get } from "./api.js";
import { Controls } from "./controls.js";
import { redraw } from "./charts.js";
import { byId, h, replace } from "./dom.js";
import { emptyView } from "./empty.js";
import { format, setZone } from "./format.js";
import { language, words } from "./i18n.js";
import { budgetOf } from "./panels/cost.js";
import { rangeOf } from "./ranges.js";
import { Sheet } from "./sheet.js";
import { go, onChange, state } from "./state.js";
import { applyTheme } from "./theme.js";

/** Between two refreshes; a link may ask for another pace. */
const REFRESH_MS = Math.max(1, Number(new URLSearchParams(location.search).get("refresh")) || 30) * 1000;
/** While the server is away, or has nothing yet, someone is waiting. */
const IMPATIENT_MS = Math.min(2000, REFRESH_MS);
/** As far back as the server answers. */
const ALL_DAYS = "3650";

/** @type {Bot[]} */
let bots = [];
let goneSince = 0;
let answeredAt = Date.now();
let waiting = false;
let timer = 0;
let turn = 0;

const again = () => void refresh();
/**
 * @typedef {{
 *   title: () => string,
 *   compares?: boolean,
 *   forFigures: ((again: () => void) => import("./panel.js").Panel<any>)[],
 *   forPeople: ((again: () => void) => import("./panel.js").Panel<any>)[],
 *   speak?: () => void,
 * }} Parts the panels for those who see figures and for those who do not; `compares` offers to compare with the days
 * before, and `speak` says what else there is in another language
 */

/** @type {Parts} */
let parts = { title: () => "", forFigures: [], forPeople: [] };
/** The look at the server that is shown. @type {Round | null} */
let shown = null;
/** Those of whoever looks at the page, once it is known who does. @type {import("./panel.js").Panel<any>[]} */
let panels = [];
/** Whether the part that the address names has been looked up. */
let hasShown = false;
let shownTo = "";
const controls = new Controls({
  compares: () => Boolean(parts.compares) && seesFigures(),
  refresh: again,
  speak,
  complain,
  exports: () => (panels[0]?.spec.id === "figures" ? panels[0].exports() : []),
});
const sheet = new Sheet(() => ({ range: range(), bot: state().bot }));
const banner = h("div", { class: "banner", role: "alert", hidden: true });
const content = h("div", { class: "panels" });
const welcome = h("div", { class: "welcome-place", hidden: true });

/** Offers what whoever looks may see, and nothing else. */
function arrange() {
  const { open, user } = account();
  const whose = JSON.stringify({ open, user });
  if (whose === shownTo) return;
  // Another role, or another person in another tab: another page.
  if (shownTo) location.reload();
  shownTo = whose;
  const made = seesFigures() ? parts.forFigures : parts.forPeople;
  // Here is nothing for him.
  if (made.length === 0) location.replace("/dashboard.html");
  panels = made.map((make) => make(again));
  replace(
    content,
    panels.map((panel) => panel.element),
  );
  controls.words();
}

function bot() {
  return bots.find((known) => known.name === state().bot);
}

function today() {
  return bot()?.today ?? new Date().toISOString().slice(0, 10);
}

function range() {
  return rangeOf(state(), today());
}

async function refresh() {
  clearTimeout(timer);
  const mine = ++turn;
  try {
    [bots] = await Promise.all([knownBots(), learn()]);
    arrange();
    if (mine !== turn) return;
    // This leads to a refresh of its own.
    if (isElsewhere()) return go({ bot: bots[0]?.name ?? "", sheet: "", session: "", filters: {} }, { replace: true });
    setZone(bot()?.timezone ?? "UTC");
    controls.show(bots, range(), today());
    await ask(mine);
  } catch (error) {
    if (mine === turn) lost(error);
  }
  if (mine === turn) schedule();
}

/** Whether someone with bots of his own looks at another one: that of a link, or the usual one. */
function isElsewhere() {
  return !seesAllBots() && bots.length > 0 && !bot();
}

/** An older server may not know the question: then there is the bot that was asked for. */
async function knownBots() {
  try {
    return (await get("bots")).bots;
  } catch (error) {
    if (error instanceof Unreachable) throw error;
    return bots;
  }
}

/** @param {number} mine */
async function ask(mine) {
  if (await nothingYet()) {
    if (mine === turn) showWelcome();
    found();
    return;
  }
  if (mine !== turn) return;
  showPanels();
  const round = new Round({
    bot: state().bot,
    range: range(),
    compare: state().compare,
    budget: budgetOf(state().bot),
  });
  shown = round;
  await Promise.all(panels.map((panel) => panel.refresh(round)));
  if (mine !== turn) return;
  toPanel();
  if (round.isLost) lost(new Unreachable());
  else found();
  sheet.refresh();
}

/** Once, to the part that a link names: it was not there yet when the page began, and what is above it had no height. */
function toPanel() {
  const named = location.hash.slice(1);
  if (!named || hasShown) return;
  hasShown = true;
  panels.find((panel) => panel.spec.id === named)?.element.scrollIntoView();
}

/** Whether the bot has nothing at all: asked only until it has something. */
async function nothingYet() {
  if (!waiting && content.dataset["bot"] === state().bot) return false;
  if (!bot() && (bots.length > 0 || !seesAllBots())) return true;
  if (!seesFigures()) return false;
  try {
    const params = { bot: state().bot, days: ALL_DAYS };
    const [{ overview }, { total_sessions }] = await Promise.all([
      get("analytics/overview", params),
      get("analytics/engagement", params),
    ]);
    const { total_conversations, total_leads, satisfaction_votes } = overview;
    if (total_conversations + total_leads + satisfaction_votes + total_sessions > 0) return false;
    // Last, for it lists every hour that has something.
    const hours = String(Number(ALL_DAYS) * 24);
    const { total_requests } = await get("analytics/performance", { bot: state().bot, hours });
    return total_requests === 0;
  } catch (error) {
    // Then the panels say what is wrong.
    if (error instanceof Unreachable) throw error;
    return false;
  }
}

function showWelcome() {
  if (!waiting || welcome.dataset["bot"] !== `${state().bot} ${language()}`) replace(welcome, emptyView(state().bot));
  welcome.dataset["bot"] = `${state().bot} ${language()}`;
  waiting = true;
  welcome.hidden = false;
  content.hidden = true;
  document.body.dataset["mode"] = "empty";
}

function showPanels() {
  waiting = false;
  welcome.hidden = true;
  content.hidden = false;
  content.dataset["bot"] = state().bot;
  document.body.dataset["mode"] = "full";
}

function found() {
  goneSince = 0;
  answeredAt = Date.now();
  banner.hidden = true;
  controls.pulse(true);
  controls.fresh(answeredAt);
  document.body.dataset["refreshed"] = String(answeredAt);
}

/** @param {string} text */
function complain(text) {
  replace(banner, text);
  banner.hidden = false;
}

/** @param {unknown} error */
function lost(error) {
  if (!(error instanceof Unreachable)) {
    complain(error instanceof Error ? error.message : String(error));
  } else {
    goneSince ||= answeredAt;
    controls.pulse(false);
    complain(words().gone(format.timeHere(goneSince)));
  }
}

function schedule() {
  clearTimeout(timer);
  if (document.hidden) return;
  timer = setTimeout(again, goneSince || waiting ? IMPATIENT_MS : REFRESH_MS);
}

/** Says everything in the language chosen. */
function speak() {
  document.documentElement.lang = language();
  document.title = `NovaHouse · ${parts.title()}`;
  byId("skip").textContent = words().skip;
  controls.words();
  controls.show(bots, range(), today());
  if (document.body.dataset["refreshed"]) controls.fresh(answeredAt);
  parts.speak?.();
  for (const panel of panels) panel.words();
  sheet.list.words();
  sheet.transcript.words();
  sheet.update();
  if (waiting) showWelcome();
}

onChange((now, before) => {
  sheet.update();
  const asks = /** @type {const} */ (["range", "from", "to", "bot", "compare"]);
  const other = asks.some((name) => now[name] !== before[name]);
  if (other) for (const panel of panels) panel.fade();
  if (now.bot !== before.bot) setZone(bot()?.timezone ?? "UTC");
  if (other || now.metric !== before.metric || now.tab !== before.tab) void local(other);
  if (!other && shown) for (const panel of panels) panel.follow(shown);
});

/** What another figure or tab needs is here already; other days are asked for. @param {boolean} other */
async function local(other) {
  if (other) await refresh();
  else for (const panel of panels) if (panel.spec.follows) panel.restate();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else if (Date.now() - answeredAt >= REFRESH_MS || goneSince) again();
  else schedule();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  applyTheme();
  redraw();
});

// Paper is white, whatever the screen is.
addEventListener("beforeprint", () => {
  document.documentElement.dataset["theme"] = "light";
  // Charts are drawn for a width, which is that of the paper now.
  document.documentElement.classList.add("printing");
  redraw();
});
addEventListener("afterprint", () => {
  document.documentElement.classList.remove("printing");
  applyTheme();
  redraw();
});

/** Shows the page. @param {Parts} made */
export async function start(made) {
  parts = made;
  applyTheme();
  byId("top").append(controls.top);
  byId("bar").append(controls.bar);
  byId("main").append(banner, welcome, content);
  document.body.append(sheet.element);
  speak();
  await refresh();
  sheet.update();
}
