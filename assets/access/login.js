// The page where one says who one is.

import { Refused, Unreachable, get, request } from "../dashboard/api.js";
import { byId, replace } from "../dashboard/dom.js";
import { language, words } from "../dashboard/i18n.js";
import { looks } from "../dashboard/look.js";
import { menu } from "../dashboard/menu.js";
import { applyTheme } from "../dashboard/theme.js";
import { wayBack } from "./back.js";
import { refusal } from "./refusal.js";
import { say } from "./say.js";

const form = byId("login");
const name = /** @type {HTMLInputElement} */ (byId("name"));
const password = /** @type {HTMLInputElement} */ (byId("password"));
const button = /** @type {HTMLButtonElement} */ (byId("enter"));
const trouble = byId("trouble");
const wait = byId("wait");

/** What is wrong, said anew in another language. @type {() => string} */
let problem = () => "";
let busy = false;
/** Until when no one is let in, and under which name that was said. */
let lockedUntil = 0;
let lockedName = "";
let ticking = 0;

function speak() {
  document.documentElement.lang = language();
  document.title = `${say().logIn} · NovaHouse`;
  byId("why").textContent = new URLSearchParams(location.search).has("to") ? say().logInToGoOn : "";
  byId("name-label").textContent = say().name;
  byId("password-label").textContent = say().password;
  button.textContent = say().logIn;
  replace(
    byId("looks"),
    menu(words().more, () => looks(speak)),
  );
  complain(problem);
  tick();
}

/** @param {() => string} what */
function complain(what) {
  problem = what;
  const text = what();
  if (trouble.textContent !== text) trouble.textContent = text;
  trouble.hidden = text === "";
}

function isLocked() {
  return Date.now() < lockedUntil && name.value.trim() === lockedName;
}

/** Counts down. */
function tick() {
  clearTimeout(ticking);
  button.disabled = busy || isLocked();
  wait.hidden = lockedUntil === 0 || name.value.trim() !== lockedName;
  if (lockedUntil === 0) return;
  const left = Math.ceil((lockedUntil - Date.now()) / 1000);
  wait.textContent = left > 0 ? say().tryAgainIn(minutes(left)) : say().tryNow;
  if (left > 0) ticking = setTimeout(tick, 250);
}

/** @param {number} seconds */
function minutes(seconds) {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`;
}

async function enter() {
  if (busy || isLocked()) return;
  lockedUntil = 0;
  if (!name.value.trim() || !password.value) {
    complain(() => say().enterBoth);
    (name.value.trim() ? password : name).focus();
    return;
  }
  complain(() => "");
  busy = true;
  tick();
  try {
    await request("/api/auth/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name: name.value.trim(), password: password.value }),
    });
    location.replace(wayBack(location.search));
  } catch (error) {
    busy = false;
    refused(error);
    tick();
  }
}

/** @param {unknown} error */
function refused(error) {
  if (error instanceof Refused && error.code === "too_many_attempts") {
    lockedName = name.value.trim();
    lockedUntil = Date.now() + error.waitSeconds * 1000;
    complain(() => say().tooMany);
  } else if (error instanceof Refused && error.code === "wrong_credentials") {
    complain(() => say().wrong);
    password.select();
    password.focus();
  } else {
    complain(() => refusal(error).text);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void enter();
});
name.addEventListener("input", () => {
  // Others are not kept out.
  if (lockedUntil > 0) complain(name.value.trim() === lockedName ? () => say().tooMany : () => "");
  tick();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);

applyTheme();
speak();
try {
  /** @type {Me} */
  const { open, user } = await get("auth/me");
  if (open || user) location.replace(wayBack(location.search));
  else form.hidden = false;
} catch (error) {
  form.hidden = false;
  if (error instanceof Unreachable) complain(() => say().unreachable);
}
if (!form.hidden) name.focus();
