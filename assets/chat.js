// A team's first try of its bot: one session that outlives a reload, until a new one is asked for.

import { events } from "./events.js";

const SESSION_KEY = "novahouse.chat.session";
const SAID_KEY = "novahouse.chat.said";
/** Lines kept over a reload. */
const SAID_MAX = 200;
/** Where the browser cannot read an answer as it comes, it is asked for whole. */
const ACCEPT = "body" in Response.prototype ? "text/event-stream, application/json;q=0.9" : "application/json";

/** @typedef {{ text: string, mine: boolean, note?: string }} Line */

/** @param {string} id @returns {HTMLElement} */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

const list = element("said");
const trouble = element("trouble");
const input = /** @type {HTMLInputElement} */ (element("message"));
const bot = /** @type {HTMLSelectElement} */ (element("bot"));

/** Where someone has to log in: what is sent along with what changes something. @type {Record<string, string>} */
let proof = {};

/** @returns {Line[]} */
function remembered() {
  try {
    return JSON.parse(localStorage.getItem(SAID_KEY) ?? "[]");
  } catch {
    return [];
  }
}

function session() {
  const known = localStorage.getItem(SESSION_KEY);
  if (known) return known;
  // randomUUID is there on secure origins alone, and a team may try this over plain HTTP.
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const made = "chat-" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  localStorage.setItem(SESSION_KEY, made);
  return made;
}

/** @param {Line} line @returns {HTMLLIElement} */
function show({ text, mine, note }) {
  const item = document.createElement("li");
  item.textContent = text;
  item.classList.toggle("mine", mine);
  if (note) {
    const small = document.createElement("small");
    small.textContent = note;
    item.append(small);
  }
  list.append(item);
  list.scrollTop = list.scrollHeight;
  return item;
}

/** @param {Line} line */
function say(line) {
  show(line);
  localStorage.setItem(SAID_KEY, JSON.stringify([...remembered(), line].slice(-SAID_MAX)));
}

/**
 * The whole answer; what has come of its text goes to `grow` meanwhile.
 * @param {Response} response @param {(text: string) => void} grow
 */
async function whole(response, grow) {
  const streamed = response.headers.get("Content-Type")?.startsWith("text/event-stream");
  if (!streamed || !response.body) return response.json();
  let text = "";
  for await (const { name, data } of events(response.body)) {
    if (name === "delta") grow((text += data.delta));
    if (name === "done") return data;
    // What was said before it failed stays.
    if (name === "error") return { ...data, response: `${text}…\n${data.response}` };
  }
  throw new Error("the reply broke off");
}

/** Who one is decides which bots there are to talk to. A server that does not know the question asks no one. */
async function introduce() {
  const { csrf, user } = await asked("/api/auth/me");
  proof = csrf ? { "X-CSRF-Token": csrf } : {};
  if (!user?.bots?.length || bot.options.length > 0) return;
  bot.replaceChildren(...user.bots.map((/** @type {string} */ name) => new Option(name)));
  bot.hidden = user.bots.length === 1;
}

/** @param {string} address @returns {Promise<any>} */
async function asked(address) {
  try {
    return await (await fetch(address, { cache: "no-store" })).json();
  } catch {
    return {};
  }
}

/** The chat is not open to whoever came: what he, or who runs the server, can do. */
function sayClosed() {
  const link = document.createElement("a");
  link.href = "/login.html?to=/chat.html";
  link.textContent = "Log in";
  trouble.replaceChildren(
    "Not sent: this chat is for people who have logged in. ",
    link,
    ", or ask whoever runs the server to open it to everyone with serve --public-chat.",
  );
  trouble.hidden = false;
}

/** @param {string} message */
async function post(message) {
  const about = bot.value ? `?${new URLSearchParams({ bot: bot.value })}` : "";
  return fetch(`/api/chatbot/chat${about}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: ACCEPT, ...proof },
    body: JSON.stringify({ message, session_id: session() }),
  });
}

/** @param {string} message */
async function send(message) {
  say({ text: message, mine: true });
  trouble.hidden = true;
  const waiting = show({ text: "…", mine: false });
  waiting.classList.add("waiting");
  // A screen reader reads the reply once it is whole.
  waiting.ariaBusy = "true";
  /** @param {string} text */
  const grow = (text) => {
    waiting.classList.remove("waiting");
    waiting.textContent = text;
    list.scrollTop = list.scrollHeight;
  };
  try {
    await introduced;
    let response = await post(message);
    if (response.status === 403) {
      // Someone has logged in anew in another tab.
      await introduce();
      response = await post(message);
    }
    if (response.status === 401) {
      sayClosed();
      input.value ||= message;
      return;
    }
    const answer = await whole(response, grow);
    if (!answer.response) throw new Error(answer.error ?? "the server gave no reply");
    const note = answer.intent && `${answer.intent} · ${Math.round(answer.confidence * 100)} %`;
    say({ text: answer.response, mine: false, note });
  } catch (error) {
    const reason = error instanceof TypeError ? "the server does not answer" : String(/** @type {Error} */ (error).message);
    trouble.textContent = `Not sent: ${reason}. Try again.`;
    trouble.hidden = false;
    input.value ||= message;
  } finally {
    waiting.remove();
  }
}

element("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const message = input.value.trim();
  if (!message) return;
  input.value = "";
  void send(message);
});

element("again").addEventListener("click", () => {
  localStorage.removeItem(SESSION_KEY);
  localStorage.removeItem(SAID_KEY);
  list.replaceChildren();
  trouble.hidden = true;
  input.focus();
});

remembered().forEach(show);
const introduced = introduce();
