// Steps of a funnel as the API writes them: `intent:NAME`, `page:PATH`, `event:NAME`, `lead`, `message`.

/** As many as the server takes. */
export const STEPS_MAX = 8;
/** What a funnel is where no one has chosen. */
export const USUAL_STEPS = ["message", "lead"];

/** @param {string} text */
export function isStep(text) {
  return /^(message|lead|(intent|page|event):.+)$/s.test(text) && !text.endsWith(":(other)");
}

/** The API's parameters for steps and a time limit. @param {string[]} steps @param {string} within */
export function asParams(steps, within) {
  const params = Object.fromEntries(steps.map((step, place) => [`step${place + 1}`, step]));
  return within ? { ...params, within } : params;
}

/** The steps of such parameters. @param {URLSearchParams} params */
export function stepsOf(params) {
  const names = Array.from({ length: STEPS_MAX }, (_, place) => params.get(`step${place + 1}`));
  return names.filter((step) => step !== null);
}
