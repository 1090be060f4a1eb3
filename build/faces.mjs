// Packs the typeface that reports are drawn with: `node build/faces.mjs FOLDER` writes each weight without the tables that
// only layout engines read, compressed.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";

const FACES = {
  "regular.ttf.z": "node_modules/@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
  "semibold.ttf.z": "node_modules/@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf",
};
/** What drawing and taking apart need: sizes, widths, outlines, and which glyph a character has. */
const TABLES = ["cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name"];

const HEAD_BYTES = 12;
const ENTRY_BYTES = 16;

/** @param {Buffer} font a TrueType file @returns {Buffer} the same with some of its tables */
function trimmed(font) {
  const entries = Array.from({ length: font.readUInt16BE(4) }, (_, place) => {
    const entry = font.subarray(HEAD_BYTES + place * ENTRY_BYTES, HEAD_BYTES + (place + 1) * ENTRY_BYTES);
    return {
      tag: entry.toString("latin1", 0, 4),
      entry,
      offset: entry.readUInt32BE(8),
      length: entry.readUInt32BE(12),
    };
  });
  const kept = entries.filter(({ tag }) => TABLES.includes(tag));
  if (kept.length !== TABLES.length) throw new Error("the typeface has not the tables of a TrueType file");
  const head = Buffer.alloc(HEAD_BYTES + kept.length * ENTRY_BYTES);
  font.copy(head, 0, 0, 4);
  // How a search by halves begins.
  const log = Math.floor(Math.log2(kept.length));
  head.writeUInt16BE(kept.length, 4);
  head.writeUInt16BE(2 ** log * ENTRY_BYTES, 6);
  head.writeUInt16BE(log, 8);
  head.writeUInt16BE((kept.length - 2 ** log) * ENTRY_BYTES, 10);
  const parts = [head];
  let at = head.length;
  kept.forEach(({ entry, offset, length }, place) => {
    const written = HEAD_BYTES + place * ENTRY_BYTES;
    entry.copy(head, written);
    head.writeUInt32BE(at, written + 8);
    const padded = Math.ceil(length / 4) * 4;
    const table = Buffer.alloc(padded);
    font.copy(table, 0, offset, offset + length);
    parts.push(table);
    at += padded;
  });
  return Buffer.concat(parts);
}

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
for (const [name, path] of Object.entries(FACES)) {
  writeFileSync(join(folder, name), deflateSync(trimmed(readFileSync(path)), { level: 9 }));
}
