// The bars at the top: whose figures, of which days, how fresh, and the page's own settings.

import { account, seesFigures } from "./account.js";
import { accountMenu } from "./account_menu.js";
import { redraw } from "./charts.js";
import { h, icon, replace } from "./dom.js";
import { format } from "./format.js";
import { words } from "./i18n.js";
import { looks } from "./look.js";
import { entry, menu, way } from "./menu.js";
import { RANGES, isDay, isSound, moved } from "./ranges.js";
import { go, shared, state } from "./state.js";

const PLACES = /** @type {const} */ (["dashboard", "explore"]);

/**
 * @typedef {{ compares: () => boolean, refresh: () => void, speak: () => void, complain: (text: string) => void, exports: () => (HTMLElement | false)[] }} Actions
 */

export class Controls {
  /** @param {Actions} actions */
  constructor(actions) {
    this.actions = actions;
    this.bot = h("select", {
      class: "field plain",
      id: "bot",
      on: { change: () => go({ bot: this.bot.value, sheet: "", session: "", filters: {} }) },
    });
    this.range = h("select", { class: "field", id: "range", on: { change: () => this.#choose(this.range.value) } });
    this.earlier = h(
      "button",
      { type: "button", class: "button ghost square", id: "earlier", on: { click: () => this.#step(-1) } },
      icon("left"),
    );
    this.later = h(
      "button",
      { type: "button", class: "button ghost square", id: "later", on: { click: () => this.#step(1) } },
      icon("right"),
    );
    this.from = h("input", { type: "date", class: "field", id: "from", on: { change: () => this.#custom() } });
    this.to = h("input", { type: "date", class: "field", id: "to", on: { change: () => this.#custom() } });
    this.custom = h("span", { class: "custom" }, this.from, "–", this.to);
    this.days = h("span", { class: "days" });
    this.compare = h("input", {
      type: "checkbox",
      id: "compare",
      on: { change: () => go({ compare: this.compare.checked }) },
    });
    this.compareName = h("span");
    this.updated = h("span", { class: "updated", role: "status" });
    this.refresh = h(
      "button",
      { type: "button", class: "button ghost square", id: "refresh", on: { click: () => actions.refresh() } },
      icon("refresh"),
    );
    this.dot = h("span", { class: "dot still" });
    this.live = h("button", {
      type: "button",
      class: "button",
      id: "live",
      on: { click: () => go({ sheet: "live", session: "" }) },
    });
    this.sessions = h("button", {
      type: "button",
      class: "button",
      id: "sessions",
      on: { click: () => go({ sheet: "sessions", session: "", filters: {} }) },
    });
    this.places = h("nav", { class: "places" });
    this.account = h("span", { class: "account" });
    this.settings = h("span", { class: "page-menu" });
    this.top = h(
      "div",
      { class: "top" },
      h("h1", null, h("span", { class: "wordmark" }, "NovaHouse")),
      this.places,
      this.bot,
      h("span", { class: "grow" }),
      this.sessions,
      this.live,
      this.account,
      this.settings,
    );
    this.comparing = h("label", { class: "check" }, this.compare, this.compareName);
    this.bar = h(
      "div",
      { class: "toolbar-inner" },
      h("div", { class: "range" }, this.range, this.earlier, this.later, this.custom),
      this.days,
      this.comparing,
      h("span", { class: "grow" }),
      h("span", { class: "fresh" }, this.updated, this.refresh),
    );
    this.words();
  }

  words() {
    const all = words();
    this.bot.setAttribute("aria-label", all.bot);
    this.range.setAttribute("aria-label", all.range);
    replace(
      this.range,
      RANGES.map((name) => h("option", { value: name }, all.ranges[name])),
    );
    /** @type {[HTMLElement, string][]} */
    const named = [
      [this.earlier, all.earlier],
      [this.later, all.later],
      [this.from, all.from],
      [this.to, all.to],
      [this.refresh, all.refreshNow],
    ];
    for (const [element, name] of named) {
      element.setAttribute("aria-label", name);
      element.title = name;
    }
    this.compareName.textContent = all.compare;
    this.comparing.hidden = !this.actions.compares();
    this.#ways();
    replace(this.account, accountMenu(this.actions.complain));
    replace(this.live, this.dot, all.live);
    replace(this.sessions, icon("search"), h("span", { class: "wide-only" }, all.sessionsHeading));
    this.sessions.setAttribute("aria-label", all.sessionsHeading);
    replace(
      this.settings,
      menu(all.more, () => this.#entries()),
    );
  }

  /** The pages that show the same bot and days. */
  #ways() {
    this.places.hidden = !seesFigures();
    this.places.setAttribute("aria-label", words().placesName);
    const ways = PLACES.map((place) => {
      const here = location.pathname === `/${place}.html`;
      return h(
        "a",
        { href: `/${place}.html${shared()}`, "aria-current": here ? "page" : undefined },
        words().places[place],
      );
    });
    replace(this.places, ways);
  }

  #entries() {
    const all = words();
    const whole = seesFigures() ? this.actions.exports() : [];
    return [
      ...looks(this.actions.speak, redraw),
      whole.length > 0 && h("span", { class: "menu-title" }, all.exportAs(all.figures.heading)),
      ...whole,
      h("hr"),
      account().open && way(all.alerts, "/alerts.html"),
      account().open && way(all.reports, "/reports.html"),
      account().open && way(all.experiments, "/experiments.html"),
      account().open && way(all.settings, "/settings.html"),
      entry(all.print, () => print()),
    ];
  }

  /** @param {Bot[]} bots @param {DayRange} range @param {string} today */
  show(bots, range, today) {
    this.#ways();
    const now = state();
    const names = bots.map((bot) => bot.name);
    const listed = names.includes(now.bot) ? names : [now.bot, ...names];
    // A list that someone has open must not be taken from under their hands.
    if (JSON.stringify(listed) !== this.bot.dataset["names"])
      replace(
        this.bot,
        listed.map((name) => h("option", { value: name }, name)),
      );
    this.bot.dataset["names"] = JSON.stringify(listed);
    this.bot.value = now.bot;
    this.range.value = now.range;
    this.later.toggleAttribute("disabled", range.to >= today);
    this.custom.hidden = now.range !== "custom";
    this.from.value = range.from;
    this.to.value = range.to;
    this.to.max = today;
    this.from.max = today;
    this.compare.checked = now.compare;
    const compared =
      now.compare && range.comparable && this.actions.compares()
        ? h("span", { class: "wide-only" }, ` ${words().comparedWith(format.days(range.previous))}`)
        : null;
    replace(this.days, h("b", null, format.days(range)), compared);
    this.shown = { range, today };
  }

  /** @param {boolean} alive whether the server answers */
  pulse(alive) {
    this.dot.className = alive ? "dot still" : "dot lost";
  }

  /** @param {number} moment */
  fresh(moment) {
    this.updated.textContent = words().updated(format.timeHere(moment));
  }

  /** @param {string} range */
  #choose(range) {
    const days = this.shown?.range;
    if (range === "custom" && days) go({ range, from: days.from, to: days.to });
    else go({ range, from: "", to: "" });
  }

  /** @param {number} step */
  #step(step) {
    if (!this.shown) return;
    const { range, today } = this.shown;
    const { from, to } = moved(range, step);
    // The month that goes on has a name.
    if (range.byMonth && to >= today) go({ range: "month", from: "", to: "" });
    else go({ range: "custom", from, to: to > today ? today : to });
  }

  #custom() {
    const days = { from: this.from.value, to: this.to.value };
    if (isSound(days)) go({ range: "custom", ...days });
    else if (isDay(days.from)) go({ range: "custom", from: days.from, to: days.from });
  }
}
