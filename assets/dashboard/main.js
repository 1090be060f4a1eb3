// The dashboard.

import { words } from "./i18n.js";
import { start } from "./page.js";
import { costPanel } from "./panels/cost.js";
import { engagementPanel } from "./panels/engagement.js";
import { figuresPanel } from "./panels/figures.js";
import { heatmapPanel } from "./panels/heatmap.js";
import { intentsPanel } from "./panels/intents.js";
import { latestPanel } from "./panels/latest.js";
import { leadListPanel } from "./panels/lead_list.js";
import { leadsPanel } from "./panels/leads.js";
import { performancePanel } from "./panels/performance.js";
import { questionsPanel } from "./panels/questions.js";
import { sentimentPanel } from "./panels/sentiment.js";
import { trendPanel } from "./panels/trend.js";

await start({
  title: () => words().title,
  compares: true,
  forFigures: [
    figuresPanel,
    trendPanel,
    sentimentPanel,
    heatmapPanel,
    intentsPanel,
    questionsPanel,
    engagementPanel,
    performancePanel,
    leadsPanel,
    costPanel,
  ],
  forPeople: [latestPanel, leadListPanel],
});
