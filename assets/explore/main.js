// The page for those who look for reasons: funnel, paths, who comes again, the hours of the week, and a comparison.

import { words } from "../dashboard/i18n.js";
import { start } from "../dashboard/page.js";
import { cohortsPanel } from "./panels/cohorts.js";
import { comparePanel } from "./panels/compare.js";
import { funnelPanel } from "./panels/funnel.js";
import { hoursPanel } from "./panels/hours.js";
import { pathsPanel } from "./panels/paths.js";
import { returningPanel } from "./panels/returning.js";

await start({
  title: () => words().places.explore,
  forFigures: [funnelPanel, pathsPanel, hoursPanel, comparePanel, cohortsPanel, returningPanel],
  forPeople: [],
});
