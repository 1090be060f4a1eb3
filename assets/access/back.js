// Where a login leads back to.

const USUAL = "/dashboard.html";

/**
 * The page that sent someone here, where it is one of this server's: a link must not lead elsewhere through a login.
 * @param {string} search
 */
export function wayBack(search) {
  const usual = new URL(USUAL, location.origin);
  const asked = new URLSearchParams(search).get("to") ?? "";
  if (!asked.startsWith("/")) return usual.href;
  try {
    const to = new URL(asked, location.origin);
    const isPage = to.origin === location.origin && to.pathname.endsWith(".html") && to.pathname !== location.pathname;
    // The whole address: a path of its own may begin like the name of a host.
    return (isPage ? to : usual).href;
  } catch {
    return usual.href;
  }
}
