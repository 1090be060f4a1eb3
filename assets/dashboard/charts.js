// Charts: ECharts draws, and what one points at is the page's own. So tooltips are plain elements (nothing inline, nothing
// read as markup) and the keyboard reaches every point: a chart is a slider over its points.

import { h } from "./dom.js";
import { words } from "./i18n.js";

/**
 * @typedef {{
 *   name: string, values: (number | null)[], colour: string,
 *   kind?: "line" | "bar", area?: boolean, quiet?: boolean, thin?: boolean, front?: boolean, marks?: boolean,
 *   stack?: string, dashedFrom?: number,
 * }} Series with a colour by its name in the style sheet; `front` stands before the others; `marks` are bars that few of many
 *   points have, wide enough to be seen, and said only where they are
 * @typedef {{
 *   label: string,
 *   titles: string[],
 *   ticks: string[],
 *   series: Series[],
 *   format: (value: number) => string,
 *   axis: (value: number) => string,
 *   pick?: ((place: number, part?: number) => void) | undefined,
 *   parts?: boolean,
 *   unit?: string,
 *   whole?: boolean,
 *   min?: number,
 *   extra?: ((place: number) => string | null) | undefined,
 * }} Plot with `parts`, a piece of a bar is picked by its series; `unit` is what a picture says it counts; `min` is
 *   where the axis begins, nothing unless given
 */

const FACE = "Inter, system-ui, sans-serif";
/** Pixels of a picture for one of the screen's. */
const SHARP = 2;
const LEFT = 46;
const RIGHT = 10;
/** Room that a label of the horizontal axis takes. */
const TICK_PX = 76;
/** More points than this are drawn plainer. */
const MANY = 40;
/** Of more than this, a thicker line would hide what stands behind it. */
const CROWDED = 400;
/** The least width of a bar that marks a point. */
const MARK_PX = 2;

/** @type {Set<Chart>} */
const all = new Set();

/** Draws all charts anew and at once, in colours or at a width that have changed. */
export function redraw() {
  for (const chart of all) chart.draw(true);
}

/** @param {string} name */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export class Chart {
  /** @type {Plot | null} */
  #plot = null;
  /** @type {import("echarts").ECharts | null} */
  #chart = null;
  #place = -1;
  /** The series of the piece of a bar that is pointed at; none of them is -1. */
  #part = -1;

  /** @param {string} [size] */
  constructor(size = "") {
    this.canvas = h("div", { class: "chart-canvas" });
    this.line = h("div", { class: "chart-line", hidden: true });
    this.tip = h("div", { class: "tip", hidden: true });
    const on = {
      pointermove: (/** @type {PointerEvent} */ event) => this.#point(event),
      pointerleave: () => this.#leave(),
      click: (/** @type {PointerEvent} */ event) => {
        this.#point(event);
        this.#pick();
      },
      keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      blur: () => this.#leave(),
    };
    this.element = h(
      "div",
      { class: `chart ${size}`, role: "slider", tabindex: "0", "aria-valuemin": "0", on },
      this.canvas,
      this.line,
      this.tip,
    );
    new ResizeObserver(() => this.draw()).observe(this.element);
    all.add(this);
  }

  /** @param {Plot} plot */
  show(plot) {
    this.#plot = plot;
    const last = plot.titles.length - 1;
    this.element.setAttribute("aria-label", plot.label);
    this.element.setAttribute("aria-valuemax", String(Math.max(0, last)));
    this.element.classList.toggle("pickable", Boolean(plot.pick));
    this.#say(Math.max(0, Math.min(this.#place < 0 ? last : this.#place, last)));
    this.draw();
  }

  /** @param {boolean} [atOnce] rather than in the next frame, and without a movement */
  draw(atOnce = false) {
    this.#chart?.resize();
    // Without a size there is nothing to draw on yet; the observer comes back.
    if (!this.#plot || this.element.clientWidth === 0) return;
    this.#chart ??= echarts.init(this.canvas, null, { renderer: "canvas" });
    this.#chart.setOption(option(this.#plot, this.element.clientWidth, atOnce), true);
    if (atOnce) this.#chart.getZr().flush();
  }

  /** What is drawn, with what stands around it on the page. @param {{ title: string, lines: string[] }} about */
  picture({ title, lines }) {
    const plot = this.#plot;
    if (!this.#chart || !plot) return null;
    const drawn = this.#chart.renderToCanvas({ pixelRatio: SHARP, backgroundColor: colour("card") });
    const said = [...lines, plot.unit ?? ""].filter((line) => line !== "");
    const top = 44 + 20 * said.length + 28;
    const whole = h("canvas", { width: drawn.width, height: drawn.height + top * SHARP });
    const pen = whole.getContext("2d");
    if (!pen) return null;
    pen.fillStyle = colour("card");
    pen.fillRect(0, 0, whole.width, whole.height);
    pen.drawImage(drawn, 0, top * SHARP);
    pen.scale(SHARP, SHARP);
    const width = drawn.width / SHARP - 32;
    const write = (
      /** @type {string} */ text,
      /** @type {number} */ y,
      /** @type {string} */ font,
      /** @type {string} */ tone,
    ) => {
      pen.font = `${font} ${FACE}`;
      pen.fillStyle = colour(tone);
      pen.fillText(text, 16, y, width);
    };
    write(title, 32, "600 17px", "text");
    said.forEach((line, place) => write(line, 54 + 20 * place, "13px", "quiet"));
    let x = 16;
    const y = top - 12;
    for (const { name, colour: tone } of plot.series.toReversed()) {
      pen.fillStyle = colour(tone);
      pen.fillRect(x, y - 9, 10, 10);
      pen.fillStyle = colour("text");
      pen.fillText(name, x + 16, y);
      x += 16 + pen.measureText(name).width + 22;
    }
    return whole;
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const plot = this.#plot;
    if (!plot || !this.#chart) return;
    const x = event.clientX - this.element.getBoundingClientRect().left;
    const step = (this.element.clientWidth - LEFT - RIGHT) / plot.titles.length;
    const place = Math.floor((x - LEFT) / step);
    const y = event.clientY - this.element.getBoundingClientRect().top;
    const at = Math.max(0, Math.min(plot.titles.length - 1, place));
    this.#part = plot.parts ? this.#partAt(plot, at, y) : -1;
    this.#stand(at);
  }

  /** Which piece of a stack stands at a height. @param {Plot} plot @param {number} place @param {number} y */
  #partAt(plot, place, y) {
    const height = Number(this.#chart?.convertFromPixel({ yAxisIndex: 0 }, y));
    let sum = 0;
    return plot.series.findIndex(({ values }) => {
      const below = sum;
      sum += values[place] ?? 0;
      return height > below && height <= sum;
    });
  }

  /** @param {number} place */
  #stand(place) {
    const plot = this.#plot;
    if (!plot || plot.titles.length === 0) return;
    this.#place = place;
    this.#say(place);
    const step = (this.element.clientWidth - LEFT - RIGHT) / plot.titles.length;
    const x = LEFT + step * (place + 0.5);
    this.line.hidden = false;
    this.line.style.setProperty("left", `${x}px`);
    this.tip.replaceChildren(...tipOf(plot, place, this.#part));
    this.tip.hidden = false;
    const width = this.tip.offsetWidth;
    const beside = x + 14 + width > this.element.clientWidth ? x - 14 - width : x + 14;
    this.tip.style.setProperty("left", `${Math.max(0, beside)}px`);
  }

  /** @param {number} place */
  #say(place) {
    const plot = this.#plot;
    if (!plot) return;
    const series = plot.series[this.#part];
    const values = (series ? [series] : plot.series)
      .map((one) => said(plot, one, place))
      .filter((text) => text !== null);
    this.element.setAttribute("aria-valuenow", String(place));
    this.element.setAttribute("aria-valuetext", [plot.titles[place] ?? "", ...values].join(", "));
  }

  #leave() {
    this.#part = -1;
    this.line.hidden = true;
    this.tip.hidden = true;
  }

  #pick() {
    if (this.#place < 0) return;
    if (this.#part < 0) this.#plot?.pick?.(this.#place);
    else this.#plot?.pick?.(this.#place, this.#part);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const last = (this.#plot?.titles.length ?? 0) - 1;
    const at = this.#place < 0 ? last : this.#place;
    /** @type {Record<string, number>} */
    const moves = this.#plot?.parts
      ? { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last, ArrowDown: at, ArrowUp: at }
      : { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowDown: at - 1, ArrowUp: at + 1, Home: 0, End: last };
    const target = moves[event.key];
    if (target !== undefined) {
      event.preventDefault();
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      const parts = this.#plot?.parts ? this.#plot.series.length : 0;
      if (parts && step) this.#part = Math.max(-1, Math.min(parts - 1, this.#part + step));
      this.#stand(Math.max(0, Math.min(last, target)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#pick();
    } else if (event.key === "Escape") {
      this.#leave();
    }
  }
}

/** @param {Plot} plot @param {Series} series @param {number} place */
function said(plot, series, place) {
  const value = series.values[place];
  return value === null || value === undefined ? null : `${series.name} ${plot.format(value)}`;
}

/** @param {Plot} plot @param {number} place @param {number} part */
function tipOf(plot, place, part) {
  const rows = plot.series.map((series, at) => {
    const value = series.values[place];
    if (series.marks && typeof value !== "number") return null;
    const text = value === null || value === undefined ? words().none : plot.format(value);
    const mark = h("span", {
      class: `mark ${series.quiet ? "quiet" : ""}`,
      style: { background: `var(--${series.colour})` },
    });
    return h(
      "div",
      { class: `tip-row ${at === part ? "is-part" : ""}` },
      mark,
      h("span", null, series.name),
      h("b", null, text),
    );
  });
  const extra = plot.extra?.(place);
  return [
    h("div", { class: "tip-title" }, plot.titles[place] ?? ""),
    ...rows.filter((row) => row !== null),
    ...(extra ? [h("div", { class: "tip-extra" }, extra)] : []),
  ];
}

/** @param {Plot} plot @param {number} width @param {boolean} atOnce */
function option(plot, width, atOnce) {
  const calm = atOnce || matchMedia("(prefers-reduced-motion: reduce)").matches;
  const text = { color: colour("quiet"), fontFamily: FACE, fontSize: 11.5 };
  const most = Math.max(2, Math.floor((width - LEFT - RIGHT) / TICK_PX));
  const step = stride(plot.ticks.length, most);
  return /** @type {any} */ ({
    animation: !calm,
    animationDuration: 250,
    animationDurationUpdate: 250,
    grid: { left: LEFT, right: RIGHT, top: 12, bottom: 26 },
    xAxis: {
      type: "category",
      data: plot.ticks,
      boundaryGap: true,
      axisLine: { lineStyle: { color: colour("line") } },
      axisTick: { show: false },
      axisLabel: {
        ...text,
        margin: 10,
        interval: (/** @type {number} */ place) => isTick(plot.ticks, place, step),
        hideOverlap: true,
      },
    },
    yAxis: {
      type: "value",
      min: plot.min ?? 0,
      splitNumber: 4,
      minInterval: plot.whole ? 1 : 0,
      axisLabel: { ...text, formatter: plot.axis },
      splitLine: { lineStyle: { color: colour("line"), type: [2, 4] } },
    },
    series: plot.series.flatMap((series) => seriesOf(series)),
  });
}

/** @param {number} count @param {number} most */
function stride(count, most) {
  const steps = [1, 2, 3, 4, 6, 7, 14, 28, 56, 91, 182, 365, 730];
  return steps.find((step) => count / step <= most) ?? Math.ceil(count / most);
}

/** Labels that are empty are none: who gives them decides. @param {string[]} ticks @param {number} place @param {number} step */
function isTick(ticks, place, step) {
  const chosen = ticks.filter((tick) => tick !== "").length;
  if (chosen < ticks.length) return ticks[place] !== "";
  // Counted from the end, so that the newest point has its label; the first would stand half outside.
  return (ticks.length - 1 - place) % step === 0;
}

/** @param {Series} series */
function widthOf({ values, quiet, thin }) {
  if (thin || values.length > CROWDED) return 1;
  if (quiet) return 1.5;
  return values.length > MANY ? 1.6 : 2.2;
}

/** @param {Series} series */
function depthOf({ quiet, front }) {
  if (front) return 5;
  return quiet ? 1 : 3;
}

/** @param {Series} series @returns {object[]} */
function seriesOf(series) {
  const tone = colour(series.colour);
  if (series.kind === "bar") {
    return [
      {
        type: "bar",
        name: series.name,
        data: series.values,
        stack: series.stack,
        barMaxWidth: 26,
        barMinWidth: series.marks ? MARK_PX : undefined,
        z: series.marks ? 4 : 2,
        barCategoryGap: series.values.length > MANY ? "12%" : "28%",
        itemStyle: {
          color: tone,
          borderRadius: series.stack || series.values.length > MANY ? 0 : [3, 3, 0, 0],
          borderColor: colour("card"),
          borderWidth: series.stack && series.values.length <= MANY ? 0.5 : 0,
        },
        emphasis: { disabled: true },
      },
    ];
  }
  const dashedFrom = series.dashedFrom ?? series.values.length;
  const solid = series.values.map((value, place) => (place < dashedFrom ? value : null));
  const dashed = series.values.map((value, place) => (place >= dashedFrom - 1 ? value : null));
  const base = {
    type: "line",
    name: series.name,
    smooth: series.values.length > MANY ? 0 : 0.2,
    smoothMonotone: "x",
    symbol: "circle",
    emphasis: { disabled: true },
    showSymbol: series.values.length === 1,
    symbolSize: 6,
    sampling: series.values.length > 1000 ? "lttb" : undefined,
    itemStyle: { color: tone },
  };
  const width = widthOf(series);
  const area = series.area ? { areaStyle: { color: tone, opacity: 0.09 } } : {};
  const lines = [{ ...base, ...area, data: solid, lineStyle: { color: tone, width }, z: depthOf(series) }];
  if (dashedFrom < series.values.length) {
    lines.push({
      ...base,
      ...area,
      data: dashed,
      lineStyle: /** @type {any} */ ({ color: tone, width, type: [4, 4] }),
      z: 3,
    });
  }
  return lines;
}
