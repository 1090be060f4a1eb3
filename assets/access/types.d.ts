// What the API answers about who may do what.

type KeyKind = "ingest" | "read" | "admin";

interface KnownUser extends Account {
  created_at: string;
}
interface KnownKey {
  id: string;
  name: string;
  kind: KeyKind;
  bots: string[];
  origins: string[];
  rate_limit: number | null;
  created_at: string;
}
interface NewKey extends KnownKey {
  /** Said this once. */
  key: string;
}
interface KnownLogin {
  id: string;
  user: string;
  address: string;
  created_at: string;
  last_used_at: string;
  /** Whether it is the one that asks. */
  current: boolean;
}
type MaskKind = "email" | "phone" | "card" | "iban" | "pesel" | "ip";

interface MaskPattern {
  name: string;
  regex: string;
}
interface MaskedBot {
  name: string;
  kinds: MaskKind[];
  patterns: MaskPattern[];
}
type KeptKind = "text" | "events" | "performance" | "sessions";
interface KeptBot {
  name: string;
  timezone: string;
  /** Days; null is for ever. */
  keep: Record<`${KeptKind}_days`, number | null>;
  /** The first days that are still there; null where nothing has gone. */
  since: Record<KeptKind, string | null>;
}
interface GoneFigures {
  days: number;
  events: number;
  texts: number;
  performance: number;
  sessions: number;
  persons: number;
  blocks: number;
  bytes: number;
}
interface GoneOfBot extends GoneFigures {
  bot: string;
}
interface RetentionRun {
  began_at: string;
  /** Null where it was its time of the night. */
  by: string | null;
}
interface RetentionRunEnded extends RetentionRun {
  ended_at: string;
  failed: boolean;
  bots: GoneOfBot[];
  /** What the file takes less of the disk. */
  given_back_bytes: number;
}
interface RetentionRuns {
  under_way: RetentionRun | null;
  last: RetentionRunEnded | null;
}
interface AuditEntry {
  time: string;
  actor: string;
  address: string | null;
  action: string;
  target: string | null;
  outcome: string;
  before?: string;
  after?: string;
}
