// Why there is no answer, in words for whoever reads the page: never an address.

import { Refused, Unreachable } from "./api.js";
import { words } from "./i18n.js";

/** Before a question that nobody answered is asked again. */
export const ASK_AGAIN_MS = 2000;

/** @param {unknown} error */
export function faultOf(error) {
  if (error instanceof Unreachable) return `${words().noAnswer} ${words().comesBack}`;
  if (error instanceof Refused && error.code === "not_found") return words().sessionMissing;
  // Where the server gave a reason, it is the reader's to mend.
  const reason = error instanceof Refused && error.code ? error.message : "";
  return `${words().panelFailed} ${reason}`.trim();
}
