// Why something was not done, and which field of a form that is about.

import { Refused, Unreachable } from "../dashboard/api.js";
import { say } from "./say.js";

/** @param {unknown} error @returns {{ field: string, text: string }} */
export function refusal(error) {
  if (error instanceof Unreachable) return { field: "", text: say().unreachable };
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof Refused)) return { field: "", text: message };
  const [, field = "", rest = message] = /^([a-z_]+): (.*)$/s.exec(message) ?? [];
  const text = said(error, field) ?? rest.charAt(0).toUpperCase() + rest.slice(1);
  return { field, text };
}

/** Those that people meet, in their language; all others as the server says them. @param {Refused} error @param {string} field */
function said({ code, waitSeconds }, field) {
  if (code === "wrong_credentials") return say().notYours;
  if (code === "too_many_attempts") return `${say().tooMany} ${say().tryAgainIn(`${waitSeconds} s`)}`;
  if (code === "conflict" && field === "name") return say().nameTaken;
  return null;
}
