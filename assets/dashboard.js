// Says whether the server runs and what it holds, and gives a line to copy that sends it an event.

const REFRESH_MS = 5000;

/** @param {string} id @returns {HTMLElement} */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

function curlLine() {
  const event = {
    type: "message",
    session_id: "first-session",
    user_message: "What does finishing a flat of 50 m2 cost?",
    intent: "prices",
    response_time_ms: 120,
  };
  return `curl -H 'Content-Type: application/json' -d '${JSON.stringify(event)}' ${location.origin}/api/events`;
}

async function refresh() {
  const state = element("state");
  const figures = element("figures");
  try {
    const response = await fetch("/api/analytics/overview?days=7");
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    const { total_conversations, unique_sessions, total_leads } = answer.overview;
    state.textContent = "The server runs.";
    figures.textContent =
      `Last 7 days: ${total_conversations} conversations in ${unique_sessions} sessions, ${total_leads} leads.`;
    figures.hidden = false;
  } catch {
    state.textContent = "The server does not answer.";
    figures.hidden = true;
  }
}

element("curl").textContent = curlLine();
element("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(curlLine());
    element("copied").textContent = "Copied.";
  } catch {
    element("copied").textContent = "Select the line and copy it by hand: this browser does not allow it here.";
  }
});
await refresh();
setInterval(() => {
  if (!document.hidden) void refresh();
}, REFRESH_MS);
