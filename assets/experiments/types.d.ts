// What the API answers about experiments.

type ExperimentUnit = "session" | "user";
type ExperimentState = "draft" | "running" | "paused" | "stopped";
type ExperimentMetric =
  "lead_rate" | "satisfaction" | "understood" | "resolved" | "messages_per_session" | "response_time_ms" | "cost_usd";
type ExperimentVerdict = "control" | "better" | "worse" | "open";
type ExperimentWarning = "few_units" | "below_plan" | "sample_ratio" | "cut";

interface ExperimentVariant {
  name: string;
  weight: number;
  replies?: Record<string, string>;
}
interface ExperimentGoal {
  metric: ExperimentMetric;
  direction?: "higher" | "lower";
}
interface ExperimentPlan {
  baseline: number;
  deviation?: number | null;
  lift_percent: number;
}
/** What can be set of it. */
interface ExperimentFields {
  name: string;
  bot: string;
  unit: ExperimentUnit;
  traffic_share_ppm: number;
  variants: ExperimentVariant[];
  primary: ExperimentGoal;
  guardrails: ExperimentGoal[];
  plan: ExperimentPlan | null;
}
interface Experiment extends ExperimentFields {
  planned_units: number | null;
  state: ExperimentState;
  started_at: string | null;
  stopped_at: string | null;
  decision: { winner?: string; reason: string } | null;
  decided_by: string | null;
}

interface Estimated {
  value: number;
  low: number;
  high: number;
}
interface VariantFound {
  variant: string;
  units: number;
  mean: Estimated | null;
  difference: Estimated | null;
  lift_percent: Estimated | null;
  best_percent: number | null;
  verdict: ExperimentVerdict;
}
interface MetricFound {
  metric: ExperimentMetric;
  direction: "higher" | "lower";
  is_primary: boolean;
  variants: VariantFound[];
}
interface ExperimentFound {
  units: number;
  planned_units: number | null;
  sample_ratio: { p_value: number; is_well: boolean };
  warnings: { code: ExperimentWarning; text: string }[];
  metrics: MetricFound[];
  over_time: { date: string; variants: VariantFound[] }[];
  slices: { value: string | null; units: number; variants: VariantFound[] }[] | null;
}
