// What the API answers about alerts and channels.

type AlertMetric =
  | "conversations"
  | "not_understood_percent"
  | "negative_percent"
  | "satisfaction_percent"
  | "sessions"
  | "users"
  | "leads"
  | "conversion_percent"
  | "cost_usd"
  | "budget_used_percent"
  | "reply_avg_ms"
  | "reply_p50_ms"
  | "reply_p95_ms"
  | "reply_p99_ms"
  | "requests"
  | "error_rate_percent"
  | "response_p50_ms"
  | "response_p95_ms"
  | "response_p99_ms"
  | "queue_used_percent"
  | "disk_free_mb"
  | "failing_checks";
type AlertCondition = "above" | "below" | "rises_by" | "falls_by" | "no_data";
type AlertSeverity = "info" | "warning" | "critical";
type AlertPhase = "ok" | "pending" | "firing" | "no_data";

interface AlertRule {
  name: string;
  bot: string | null;
  metric: AlertMetric;
  window_hours: number | null;
  window_days: number | null;
  condition: AlertCondition;
  threshold: number | null;
  hold_minutes: number;
  endpoint: string | null;
  intent: string | null;
  min_count: number | null;
  budget_usd: number | null;
  severity: AlertSeverity;
  channels: string[];
  remind_hours: number | null;
  enabled: boolean;
}
interface AlertRow {
  id: string;
  rule: AlertRule;
  phase: AlertPhase | null;
  since: string | null;
  value: number | null;
  fired_at: string | null;
  acknowledged_by: string | null;
  silenced_until: string | null;
}
interface AlertSilence {
  bot: string | null;
  rule: string | null;
  /** Where it does not begin at once. */
  from?: string;
  until: string;
  why: string;
}
interface SilenceRow {
  id: string;
  silence: AlertSilence;
}
interface AlertHappened {
  time: string;
  id: string;
  name: string;
  bot: string | null;
  severity: AlertSeverity;
  what: "fired" | "reminder" | "resolved" | "acknowledged";
  value: number | null;
  why: string | null;
}
interface BacktestPoint {
  time: string;
  from: string;
  to: string;
  value: number | null;
  phase: AlertPhase;
}
interface BacktestFiring {
  fired_at: string;
  resolved_at: string | null;
  sessions: Record<string, string> | null;
}
interface Backtest {
  threshold: number | null;
  points: BacktestPoint[];
  firings: BacktestFiring[];
}
type ChannelKind = "email" | "webhook" | "slack" | "teams" | "discord" | "telegram";
interface ChannelRow {
  name: string;
  kind: ChannelKind;
  language: "en" | "pl";
  place: string;
  has_secret: boolean;
  mail: {
    host: string;
    port: number;
    security: "starttls" | "tls" | "none";
    user: string | null;
    from: string;
    to: string[];
  } | null;
  chat_id: string | null;
  url: string | null;
  rules: number;
  latest: DeliveryRow | null;
}
interface DeliveryRow {
  id: string;
  title: string;
  made_at: string;
  time: string;
  tries: number;
  outcome: "waiting" | "sent" | "given_up";
  answer: string;
}
