// Bars in columns and the bands between them, for paths: where they stand, from numbers alone. After P. Riehmann and others,
// "Interactive Sankey Diagrams", InfoVis 2005; as every step is a column, nothing has to be searched for.

/** Room between two bars of a column, and the least height of one: pixels. */
const GAP = 9;
const HEIGHT_MIN = 2;

/**
 * @typedef {PathNode & { x: number, y: number, height: number }} Bar
 * @typedef {PathLink & { from: string, to: string, left: number, right: number, fromY: number, toY: number, height: number }} Band
 */

/** What stands for many, or for none, stands last. @param {string} name */
const rank = (name) => (name === "(end)" ? 2 : name === "(other)" ? 1 : 0);

/** @param {PathNode[]} nodes */
function ordered(nodes) {
  return nodes.toSorted((one, other) => rank(one.name) - rank(other.name) || other.sessions - one.sessions);
}

/**
 * @param {Paths} paths @param {{ width: number, height: number, bar: number }} size
 * @returns {{ bars: Bar[], bands: Band[] }}
 */
export function flowOf(paths, { width, height, bar }) {
  const last = Math.max(2, ...paths.nodes.map((node) => node.step));
  const columns = Array.from({ length: last }, (_, place) =>
    ordered(paths.nodes.filter((node) => node.step === place + 1)),
  );
  // The fullest column decides how much a session is.
  const scales = columns.map((column) => {
    const sum = column.reduce((total, node) => total + node.sessions, 0);
    return sum === 0 ? Infinity : (height - GAP * (column.length - 1)) / sum;
  });
  const scale = Math.max(0, Math.min(...scales));
  const step = (width - bar) / (last - 1);
  const bars = columns.flatMap((column, place) => {
    let y = 0;
    return column.map((node) => {
      const stands = { ...node, x: place * step, y, height: Math.max(HEIGHT_MIN, node.sessions * scale) };
      y += stands.height + GAP;
      return stands;
    });
  });
  const at = new Map(bars.map((node) => [`${node.step} ${node.name}`, node]));
  /** How much of a bar's sides is taken. @type {Map<string, number>} */
  const taken = new Map();
  const take = (/** @type {string} */ key, /** @type {number} */ much) => {
    const before = taken.get(key) ?? 0;
    taken.set(key, before + much);
    return before;
  };
  const place = (/** @type {number} */ of, /** @type {string} */ name) => at.get(`${of} ${name}`)?.y ?? 0;
  const links = paths.links.toSorted(
    (one, other) =>
      one.step - other.step ||
      place(one.step, one.from) - place(other.step, other.from) ||
      place(one.step + 1, one.to) - place(other.step + 1, other.to),
  );
  const bands = links.flatMap((link) => {
    const [source, target] = [at.get(`${link.step} ${link.from}`), at.get(`${link.step + 1} ${link.to}`)];
    if (!source || !target) return [];
    const much = link.sessions * scale;
    return [
      {
        ...link,
        left: source.x + bar,
        right: target.x,
        fromY: source.y + take(`out ${link.step} ${link.from}`, much),
        toY: target.y + take(`in ${link.step + 1} ${link.to}`, much),
        height: much,
      },
    ];
  });
  return { bars, bands };
}

/** The outline of a band. @param {Band} band */
export function outline({ left, right, fromY, toY, height }) {
  const middle = (left + right) / 2;
  const thick = Math.max(0.75, height);
  return [
    `M${left} ${fromY}`,
    `C${middle} ${fromY} ${middle} ${toY} ${right} ${toY}`,
    `V${toY + thick}`,
    `C${middle} ${toY + thick} ${middle} ${fromY + thick} ${left} ${fromY + thick}Z`,
  ].join("");
}
