// The experiments: which run, what they have shown, and what was decided.

import { Views } from "../access/views.js";
import { redraw } from "../dashboard/charts.js";
import { experiments } from "./experiments.js";
import { say } from "./say.js";

const VIEWS = { experiments };

const page = new Views({
  views: VIEWS,
  offered: () => Object.keys(VIEWS),
  named: (view) => say().views[/** @type {keyof typeof VIEWS} */ (view)],
  title: () => say().experiments,
  skip: () => say().skip,
  redraw,
});
await page.begin();
