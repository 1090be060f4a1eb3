// The alerts: rules and how they stand, channels, silences, and what happened.

import { Views } from "../access/views.js";
import { redraw } from "../dashboard/charts.js";
import { channels } from "./channels.js";
import { history } from "./history.js";
import { rules } from "./rules.js";
import { say } from "./say.js";
import { silences } from "./silences.js";

const VIEWS = { rules, channels, silences, history };

const page = new Views({
  views: VIEWS,
  offered: () => Object.keys(VIEWS),
  named: (view) => say().views[/** @type {keyof typeof VIEWS} */ (view)],
  title: () => say().alerts,
  skip: () => say().skip,
  redraw,
});
await page.begin();
