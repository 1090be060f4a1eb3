// The entries of a menu that say in which language and in which light the page is.

import { h } from "./dom.js";
import { language, setLanguage, words } from "./i18n.js";
import { entry } from "./menu.js";
import { setTheme, theme } from "./theme.js";

/** @param {() => void} speak says everything anew @param {() => void} [redraw] draws what does not follow by itself */
export function looks(speak, redraw) {
  const all = words();
  const spoken = (/** @type {Language} */ other) => {
    setLanguage(other);
    speak();
  };
  const dress = (/** @type {import("./theme.js").Theme} */ other) => {
    setTheme(other);
    redraw?.();
  };
  return [
    h("span", { class: "menu-title" }, all.language),
    entry("English", () => spoken("en"), language() === "en"),
    entry("Polski", () => spoken("pl"), language() === "pl"),
    h("span", { class: "menu-title" }, all.theme),
    .../** @type {const} */ (["system", "light", "dark"]).map((name) =>
      entry(all.themes[name], () => dress(name), theme() === name),
    ),
  ];
}
