// The reports: which are sent to whom, what they look like, and what became of them.

import { Views } from "../access/views.js";
import { history } from "./history.js";
import { look } from "./look.js";
import { reports } from "./reports.js";
import { say } from "./say.js";

const VIEWS = { reports, look, history };

const page = new Views({
  views: VIEWS,
  offered: () => Object.keys(VIEWS),
  named: (view) => say().views[/** @type {keyof typeof VIEWS} */ (view)],
  title: () => say().reports,
  skip: () => say().skip,
});
await page.begin();
