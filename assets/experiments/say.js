// What the page about experiments says, in the language chosen.

import { language } from "../dashboard/i18n.js";
import { en } from "./words/en.js";
import { pl } from "./words/pl.js";

const WORDS = { en, pl };

export function say() {
  return WORDS[language()];
}
