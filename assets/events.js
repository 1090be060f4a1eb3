// Server-sent events of an answer to a POST, which the browser's own EventSource does not read.

/** @typedef {{ name: string, data: any }} ServerEvent */

/** @param {ReadableStream<Uint8Array>} body @returns {AsyncGenerator<ServerEvent>} */
export async function* events(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (text + decoder.decode(value, { stream: true })).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) yield event(block);
    }
  } finally {
    // Who has heard enough lets the connection go.
    reader.cancel().catch(() => {});
  }
}

/** One event as this server writes it: a name and a line of JSON. @param {string} block @returns {ServerEvent} */
function event(block) {
  const [name, data] = block.split("\n");
  return { name: name.slice("event: ".length), data: JSON.parse(data.slice("data: ".length)) };
}
