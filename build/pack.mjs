// Packs the pages for embedding: `node build/pack.mjs FOLDER` writes every file as the server sends it and prints the
// version that stands in their addresses. Text is stored as brotli and as gzip only: whoever takes neither gets the gzip
// unpacked, and the executable does not carry each file a third time.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const VENDOR = {
  "vendor/echarts.js": ["node_modules/echarts/dist/echarts.simple.min.js"],
  "vendor/inter-latin.woff2": ["node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"],
  "vendor/inter-latin-ext.woff2": ["node_modules/@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2"],
  "vendor/licenses.txt": [
    "node_modules/echarts/NOTICE",
    "node_modules/echarts/LICENSE",
    "node_modules/@fontsource-variable/inter/LICENSE",
  ],
};

/** @returns {Map<string, Buffer>} by name, sorted */
function gather() {
  const files = readdirSync("assets", { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const own = files.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return /** @type {[string, Buffer]} */ ([path.slice("assets/".length), readFileSync(path)]);
  });
  const vendor = Object.entries(VENDOR).map(([name, parts]) => {
    return /** @type {[string, Buffer]} */ ([name, Buffer.concat(parts.map((part) => readFileSync(part)))]);
  });
  return new Map([...own, ...vendor].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** @param {Map<string, Buffer>} files */
function versionOf(files) {
  const hash = createHash("sha256");
  for (const [name, content] of files) hash.update(`${name}\0${content.length}\0`).update(content);
  return hash.digest("hex").slice(0, 16);
}

/**
 * The modules that a page comes to need, its own first.
 * @param {string} name @param {Map<string, Buffer>} files @param {Set<string>} [found]
 */
function modulesOf(name, files, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, path] of (files.get(name) ?? "").toString().matchAll(/^(?:import .*|} from )"(\.[^"]+)";$/gm)) {
    if (path) modulesOf(join(dirname(name), path), files, found);
  }
  return found;
}

/**
 * A page asks for its modules by this build's addresses, all of them at once rather than import by import.
 * @param {string} html @param {string} version @param {Map<string, Buffer>} files
 */
function versioned(html, version, files) {
  const own = /type="module" src="\/assets\/dev\/([^"]+)"/.exec(html)?.[1];
  const modules = own ? [...modulesOf(own, files)] : [];
  const preloads = modules.map((name) => `  <link rel="modulepreload" href="/assets/${version}/${name}">\n`);
  return html.replaceAll("/assets/dev/", `/assets/${version}/`).replace("</head>", `${preloads.join("")}</head>`);
}

/** @param {string} name @param {Buffer} content @returns {[string, Buffer][]} */
function packed(name, content) {
  if (name.endsWith(".woff2")) return [[name, content]];
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  return [
    [`${name}.br`, brotliCompressSync(content, { params })],
    [`${name}.gz`, gzipSync(content, { level: 9 })],
  ];
}

const folder = process.argv[2];
const files = gather();
const version = versionOf(files);
rmSync(folder, { recursive: true, force: true });
for (const [name, content] of files) {
  const page = name.endsWith(".html") ? Buffer.from(versioned(content.toString(), version, files)) : content;
  for (const [path, bytes] of packed(name, page)) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, bytes);
  }
}
console.log(version);
