// What the API answers, as far as the page reads it, and the page's own shapes.

declare const echarts: typeof import("echarts");

interface Times {
  count: number;
  avg: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

interface DayFigures {
  date: string;
  total_conversations: number;
  total_leads: number;
  total_sessions: number;
  unique_sessions: number;
  unique_users: number;
  conversion_rate_percent: number;
  response_time_ms: Times;
  not_understood_percent: number;
  satisfaction_percent: number;
  satisfaction_votes: number;
  cost_usd: number;
}

interface Figures {
  total_conversations: number;
  total_leads: number;
  unique_sessions: number;
  unique_users: number;
  conversion_rate_percent: number;
  not_understood_percent: number;
  satisfaction_percent: number;
  satisfaction_votes: number;
  cost_usd: number;
}

interface Overview {
  overview: Figures;
  previous: Figures;
  by_day: DayFigures[];
}
interface DaySentiments {
  date: string;
  positive: number;
  neutral: number;
  negative: number;
}
interface DayCount {
  date: string;
  count: number;
}

interface Conversations {
  conversations_by_day: DayCount[];
  sentiment_distribution: { sentiment: string; count: number }[];
  sentiment_by_day: DaySentiments[];
  total_analyzed: number;
  response_time_ms: Times;
  by_hour_of_week: number[][];
}

interface Engagement {
  total_sessions: number;
  device_distribution: { device: string; count: number }[];
  browser_distribution: { browser: string; count: number }[];
  referrers: { referrer: string; count: number }[];
  top_pages: { page: string; count: number }[];
  conversion_events: { event: string; count: number }[];
  averages: { messages_per_session: number; session_duration_seconds: number };
  truncated: boolean;
}

interface Intent {
  intent: string;
  triggers: number;
  success: number;
  failures: number;
  success_rate: number;
  avg_confidence: number;
  avg_response_time_ms: number;
}
interface Intents {
  intent_summary: Intent[];
  total_intents: number;
  truncated: boolean;
}

interface Question {
  question: string;
  count: number;
  percentage: number;
}

interface Endpoint {
  endpoint: string;
  request_count: number;
  avg_response_time_ms: number;
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
  error_count: number;
  error_rate: number;
}
interface Performance_ {
  endpoint_performance: Endpoint[];
  resource_usage: { avg_memory_mb: number; avg_cpu_percent: number };
  total_requests: number;
  requests_by_hour: { hour: string; count: number }[];
}

interface Leads {
  total_leads: number;
  leads_by_day: DayCount[];
  leads_by_package: { package: string; count: number }[];
  leads_by_property_type: { property_type: string; count: number }[];
}
interface Lead {
  id: string;
  session_id: string;
  name: string | null;
  email: string | null;
  phone: string | null;
  interested_package: string | null;
  property_size: string | null;
  property_type: string | null;
  location: string | null;
  additional_info: string | null;
  created_at: string;
}
interface LeadPage {
  total: number;
  leads: Lead[];
}

interface Budget {
  budget_usd: number;
  spent_usd: number;
  remaining_usd: number;
  usage_percent: number;
  daily_avg_usd: number;
  projected_monthly_usd: number;
  days_remaining: number;
  status: "OK" | "WARNING" | "CRITICAL";
}

interface Session {
  session_id: string;
  user_id: string;
  first_interaction: string;
  last_interaction: string;
  total_messages: number;
  session_duration_seconds: number;
  pages_visited: string[];
  conversion_event: string | null;
  device_type: string | null;
  browser: string | null;
  referrer: string | null;
  lead: boolean;
}
/** What was erased, and what still holds it. */
interface ErasureReceipt {
  number: number;
  removed: { sessions: number; events: number; leads: number };
  backups: { file: string; made: string }[];
}
interface SessionPage {
  total: number;
  matches: number;
  sessions: Session[];
  next_cursor: string | null;
}

interface TimelineEvent {
  type: "message" | "engagement" | "lead" | "feedback" | "performance" | "exposure";
  timestamp: string;
  user_message?: string;
  bot_response?: string;
  intent_detected?: string;
  confidence?: number;
  sentiment?: Sentiment;
  response_time_ms?: number;
  success?: boolean;
  user_satisfied?: boolean;
  lead_generated?: boolean;
  entities_extracted?: Record<string, unknown>;
  input_tokens?: number;
  output_tokens?: number;
  cost_usd?: number;
  model?: string;
  rating?: number;
  comment?: string;
  pages_visited?: string[];
  conversion_event?: string;
  experiment?: string;
  variant?: string;
  name?: string;
  email?: string;
  phone?: string;
  interested_package?: string;
  property_size?: string;
  property_type?: string;
  location?: string;
  additional_info?: string;
  /** What a message says of the visitor. */
  contact?: Partial<
    Record<
      | "name"
      | "email"
      | "phone"
      | "interested_package"
      | "property_size"
      | "property_type"
      | "location"
      | "additional_info",
      string
    >
  >;
}
interface Transcript {
  session: Session;
  timeline: TimelineEvent[];
  truncated: boolean;
}

interface LiveNote {
  type: "message" | "lead" | "feedback";
  timestamp: string;
  session_id: string;
  user_message?: string;
  bot_response?: string;
  intent?: string;
  success?: boolean;
  sentiment?: Sentiment;
  response_time_ms?: number;
  satisfied?: boolean;
  contact?: boolean;
}

interface Bot {
  name: string;
  timezone: string;
  today: string;
}

type Role = "admin" | "analyst" | "agent";
interface Account {
  name: string;
  role: Role;
  /** All where there are none. */
  bots: string[];
}
interface Me {
  /** Whether no one has to log in. */
  open: boolean;
  user: Account | null;
  csrf: string | null;
}

type Sentiment = "positive" | "neutral" | "negative";
type Language = "en" | "pl";

/** Everything that a link to the page carries. */
interface State {
  range: string;
  from: string;
  to: string;
  bot: string;
  compare: boolean;
  metric: string;
  tab: string;
  /** Of the funnel; the usual ones where there are none. */
  steps: string[];
  /** The funnel's time limit; none where it is empty. */
  within: string;
  /** Of the cohorts. */
  period: string;
  /** What is told of the hours of the week. */
  hours: string;
  /** The bot that is compared with, and the days; the days before where they are empty. */
  other: string;
  otherFrom: string;
  otherTo: string;
  /** Whose variants are compared, and which. */
  experiment: string;
  variant: string;
  otherVariant: string;
  /** Which sheet lies over the page. */
  sheet: "" | "sessions" | "live";
  session: string;
  filters: Record<string, string>;
}

interface Days {
  from: string;
  to: string;
}
interface DayRange extends Days {
  days: number;
  previous: Days;
  unfinished: boolean;
  /** Whether a change against the period before says anything. */
  comparable: boolean;
  /** Whether it is the day that goes on, and no other. */
  isToday: boolean;
  /** Whether it goes by calendar months. */
  byMonth: boolean;
}

/** A table as people take it away. */
interface Table {
  name: string;
  head: string[];
  /** What the columns are called in files, in whatever language the page is; the head where there are none. */
  keys?: string[];
  /** How the page writes the values of a column. */
  show?: (((value: any) => string) | null)[];
  rows: (string | number | null)[][];
}

interface Funnel {
  within_seconds: number | null;
  steps: FunnelStep[];
}
interface FunnelStep {
  step: string;
  sessions: number;
  of_first_percent: number;
  lost: number;
  lost_percent: number;
  median_seconds: number | null;
}

interface Paths {
  steps: number;
  sessions: number;
  nodes: PathNode[];
  links: PathLink[];
  truncated: boolean;
}
interface PathNode {
  step: number;
  name: string;
  sessions: number;
}
interface PathLink {
  step: number;
  from: string;
  to: string;
  sessions: number;
}

interface Cohorts {
  by: string;
  from: string;
  to: string;
  cohorts: { start: string; users: number; returned: number[]; returned_percent: number[] }[];
  returning: {
    users: number;
    returning_users: number;
    returning_percent: number;
    new_users: number;
    by_day: { date: string; new_users: number; returning_users: number }[];
  };
}

interface HoursOfWeek {
  metric: string;
  by_hour_of_week: (number | null)[][];
  total: number | null;
}

interface Comparison {
  this: Compared;
  other: Compared;
  figures: FigureChange[];
}
interface Compared extends Days {
  bot: string;
  period_days: number;
}
interface VariantComparison extends Days {
  experiment: string;
  bot: string;
  period_days: number;
  this: string;
  other: string;
  figures: FigureChange[];
  cut_at: string | null;
}
interface FigureChange {
  figure: string;
  /** Nothing: a share or an average of nothing. */
  this: number | null;
  other: number | null;
  difference: number | null;
  change_percent: number | null;
}
