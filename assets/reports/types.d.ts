// What the API answers about reports.

type ReportEvery = "day" | "week" | "month";
type ReportLanguage = "en" | "pl";
type ReportSection = "summary" | "questions" | "missed" | "examples" | "leads" | "cost" | "endpoints";

interface Report {
  name: string;
  bot: string;
  every: ReportEvery;
  hour: number;
  language: ReportLanguage;
  channel: string;
  recipients: string[];
  sections: ReportSection[];
  public_url: string | null;
  enabled: boolean;
}
interface ReportRow {
  id: string;
  report: Report;
  unsubscribed: string[];
  next_at: string | null;
  sent_at: string | null;
}
interface ReportSent {
  time: string;
  id: string;
  name: string;
  bot: string;
  period: string;
  why: "due" | "late" | "asked";
  left_out: number;
  by: string | null;
  recipients: number;
  sent: number;
  waiting: number;
  given_up: number;
  trouble: string | null;
}
