// Tables and ranked lists.

import { h, icon, replace } from "./dom.js";
import { format } from "./format.js";
import { words } from "./i18n.js";

/** Rows on one page of a long list: ten thousand names stay as quick as ten. */
const PER_PAGE = 10;

/** @param {any} value */
const decimal = (value) => format.decimal(value);

/**
 * A table as it would be taken away; with `pick`, the first cell of a row leads to what it counts.
 * @param {Table} table @param {((row: number) => void) | undefined} pick
 */
export function tableOf(table, pick) {
  const head = h(
    "tr",
    null,
    table.head.map((name, place) => h("th", { scope: "col", class: place > 0 ? "number" : "" }, name)),
  );
  const body = table.rows.map((row, at) => {
    const cells = row.map((value, place) => {
      const show = table.show?.[place] ?? (typeof value === "number" ? decimal : String);
      const text = value === null ? words().none : show(value);
      if (place > 0) return h("td", { class: "number" }, text);
      const content = pick ? h("button", { type: "button", class: "link", on: { click: () => pick(at) } }, text) : text;
      return h("th", { scope: "row" }, content);
    });
    return h("tr", null, cells);
  });
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": table.name },
    h("table", null, h("thead", null, head), h("tbody", null, body)),
  );
}

/**
 * @template T
 * @typedef {{
 *   key: string, head: string, number?: boolean, class?: string,
 *   cell: (row: T) => import("./dom.js").Child | import("./dom.js").Child[],
 *   sort?: (row: T) => number | string,
 * }} Column
 */

/** A table that sorts, narrows by name, and shows a page at a time. @template T */
export class SortedTable {
  /** @type {T[]} */
  #rows = [];
  /** @type {Column<T>[]} */
  #columns = [];
  #sort = "";
  #descending = true;
  #page = 0;
  #filter = "";

  /** @param {{ name: (row: T) => string, filterable?: boolean, rowClass?: (row: T) => string }} options */
  constructor(options) {
    this.options = options;
    const narrow = (/** @type {Event} */ event) => {
      this.#filter = /** @type {HTMLInputElement} */ (event.target).value.toLocaleLowerCase();
      this.#page = 0;
      this.#draw();
    };
    this.search = h("input", { type: "search", class: "field narrow", hidden: true, on: { input: narrow } });
    this.table = h("div", { class: "scroll", tabindex: "0", role: "group" });
    this.pager = h("div", { class: "pager" });
    this.element = h("div", { class: "sorted" }, this.search, this.table, this.pager);
  }

  /** @param {string} label @param {Column<T>[]} columns @param {T[]} rows */
  show(label, columns, rows) {
    this.#columns = columns;
    this.#rows = rows;
    this.table.setAttribute("aria-label", label);
    this.search.hidden = rows.length <= PER_PAGE * 2;
    this.search.setAttribute("aria-label", words().filterNames);
    this.search.placeholder = words().filterNames;
    this.#draw();
  }

  #chosen() {
    const filter = this.#filter;
    const rows = filter
      ? this.#rows.filter((row) => this.options.name(row).toLocaleLowerCase().includes(filter))
      : this.#rows;
    const by = this.#columns.find((column) => column.key === this.#sort)?.sort;
    if (!by) return rows;
    const order = this.#descending ? -1 : 1;
    return rows.toSorted((one, other) => {
      const [left, right] = [by(one), by(other)];
      return left === right ? 0 : (left < right ? -1 : 1) * order;
    });
  }

  #draw() {
    const rows = this.#chosen();
    const pages = Math.max(1, Math.ceil(rows.length / PER_PAGE));
    this.#page = Math.min(this.#page, pages - 1);
    const from = this.#page * PER_PAGE;
    const shown = rows.slice(from, from + PER_PAGE);
    const body = shown.map((row) => {
      const cells = this.#columns.map((column, place) => {
        const content = column.cell(row);
        const inside = Array.isArray(content) ? content : [content];
        const style = `${column.number ? "number" : ""} ${column.class ?? ""}`;
        return place === 0 ? h("th", { scope: "row", class: style }, inside) : h("td", { class: style }, inside);
      });
      return h("tr", { class: this.options.rowClass?.(row) }, cells);
    });
    const head = h(
      "tr",
      null,
      this.#columns.map((column) => this.#heading(column)),
    );
    replace(this.table, h("table", null, h("thead", null, head), h("tbody", null, body)));
    replace(
      this.pager,
      pages > 1
        ? pagerOf(this.#page, PER_PAGE, rows.length, (page) => {
            this.#page = page;
            this.#draw();
          })
        : null,
    );
  }

  /** @param {Column<T>} column */
  #heading(column) {
    const style = `${column.number ? "number" : ""} ${column.class ?? ""}`;
    if (!column.sort) return h("th", { scope: "col", class: style }, column.head);
    const sorted = this.#sort === column.key;
    const sort = sorted ? (this.#descending ? "descending" : "ascending") : undefined;
    const turn = () => {
      this.#descending = sorted ? !this.#descending : true;
      this.#sort = column.key;
      this.#draw();
    };
    const mark = sorted ? icon(this.#descending ? "down" : "up") : null;
    const button = h(
      "button",
      {
        type: "button",
        class: "sort",
        "data-key": `sort ${column.key}`,
        title: words().sortBy(column.head),
        on: { click: turn },
      },
      column.head,
      mark,
    );
    return h("th", { scope: "col", class: style, "aria-sort": sort }, button);
  }
}

/** @param {number} page @param {number} perPage @param {number} total @param {(page: number) => void} turn */
export function pagerOf(page, perPage, total, turn) {
  const last = Math.max(0, Math.ceil(total / perPage) - 1);
  /** @param {"left" | "right"} side @param {string} label @param {number} to */
  const button = (side, label, to) =>
    h(
      "button",
      {
        type: "button",
        class: "button ghost square",
        "data-key": `page ${side}`,
        "aria-label": label,
        title: label,
        disabled: to < 0 || to > last,
        on: { click: () => turn(to) },
      },
      icon(side),
    );
  const text = words().ofPage(page * perPage + 1, Math.min(total, (page + 1) * perPage), total);
  return [
    button("left", words().previousPage, page - 1),
    h("span", { class: "figure", role: "status" }, text),
    button("right", words().nextPage, page + 1),
  ];
}

/** The long lists that someone has opened. @type {Set<string>} */
const opened = new Set();

/**
 * @typedef {{ name: string, count: number, title?: string, extra?: string }} Ranked
 * @typedef {{
 *   pick?: ((name: string) => void) | undefined, most?: number, label: string,
 *   total?: number, rest?: string | undefined,
 * }} RankedOptions `total` is what shares are of, where that is more than is listed; the `rest` has a name then
 */

/** Names with the bars of their counts behind them. @param {Ranked[]} rows @param {RankedOptions} options */
export function ranked(rows, options) {
  const box = h("div", { class: "ranked-box" });
  const most = options.most ?? 8;
  const draw = () => {
    const isOpen = opened.has(options.label);
    const turn = () => {
      if (isOpen) opened.delete(options.label);
      else opened.add(options.label);
      draw();
    };
    const more = h(
      "button",
      {
        type: "button",
        class: "button ghost",
        "data-key": `all ${options.label}`,
        "aria-expanded": String(isOpen),
        "data-no-print": true,
        on: { click: turn },
      },
      isOpen ? words().showFewer : words().showAll(format.number(rows.length)),
    );
    replace(box, listOf(rows, isOpen ? rows.length : most, options), rows.length > most ? more : null);
  };
  draw();
  return box;
}

/** @param {Ranked[]} rows @param {number} most @param {RankedOptions} options */
function listOf(rows, most, options) {
  const shown = rows.slice(0, most);
  const listed = rows.reduce((sum, row) => sum + row.count, 0);
  const total = Math.max(listed, options.total ?? 0);
  const rest = options.rest ? total - listed : 0;
  const highest = shown.reduce((highest, row) => Math.max(highest, row.count), Math.max(1, rest));
  const items = shown.map((row) => {
    const share = `${(row.count / highest) * 100}%`;
    const inside = [
      h("span", { class: "bar", style: { width: share } }),
      h("span", { class: "ranked-name" }, row.title ?? row.name),
      h("span", { class: "ranked-share" }, row.extra ?? format.share(row.count, total)),
      h("span", { class: "ranked-count" }, format.number(row.count)),
    ];
    const pick = options.pick;
    if (!pick || row.name === "(other)") return h("li", { class: "ranked-row", title: row.name }, inside);
    const key = `${options.label} ${row.name}`;
    return h(
      "li",
      null,
      h(
        "button",
        { type: "button", class: "ranked-row", title: row.name, "data-key": key, on: { click: () => pick(row.name) } },
        inside,
      ),
    );
  });
  const remaining = h(
    "li",
    { class: "ranked-row rest" },
    h("span", { class: "bar", style: { width: `${(rest / highest) * 100}%` } }),
    h("span", { class: "ranked-name" }, options.rest ?? ""),
    h("span", { class: "ranked-share" }, format.share(rest, total)),
    h("span", { class: "ranked-count" }, format.number(rest)),
  );
  return h("ol", { class: "ranked", "aria-label": options.label }, items, rest > 0 ? remaining : null);
}
