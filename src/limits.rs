//! Every bound of the program, by name. Nothing grows past one of these, and nothing is cut off in silence:
//! what exceeds a limit is refused with a sentence, or counted under `(other)` with a flag in the answer.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Longest bot name, bytes.
pub const BOT_NAME_BYTES_MAX: usize = 64;
/// Most bots one data directory holds.
pub const BOTS_MAX: usize = 10_000;
/// Longest session id, bytes.
pub const SESSION_ID_BYTES_MAX: usize = 100;
/// Longest user id, bytes.
pub const USER_ID_BYTES_MAX: usize = 200;
/// Longest event id, bytes.
pub const EVENT_ID_BYTES_MAX: usize = 64;
/// Longest value that is grouped by (intent, endpoint, page, referrer, package and the like), bytes.
pub const NAME_BYTES_MAX: usize = 2_048;
/// Longest free text (messages, comments, error messages), bytes.
pub const TEXT_BYTES_MAX: usize = 32 * 1024;
/// Longest `entities_extracted`, bytes of its JSON.
pub const ENTITIES_BYTES_MAX: usize = 16 * 1024;
/// Most pages in one engagement event.
pub const PAGES_PER_EVENT_MAX: usize = 100;
/// Page visits a session record lists (its first ones, by time); the counts of visits know no such bound.
pub const PAGES_PER_SESSION_MAX: usize = 500;
/// Distinct intents a session record remembers for filtering.
pub const INTENTS_PER_SESSION_MAX: usize = 200;

/// Longest name of an experiment, and of a variant, bytes.
pub const EXPERIMENT_NAME_BYTES_MAX: usize = 64;
/// Experiments whose first exposure a session, or a user, remembers.
pub const EXPERIMENTS_PER_UNIT_MAX: usize = 50;

/// Longest response time, ms: one day.
pub const RESPONSE_TIME_MS_MAX: u32 = 86_400_000;
/// Most messages one event may stand for.
pub const MESSAGE_COUNT_MAX: u32 = 10_000;
/// Most tokens in one direction of one exchange.
pub const TOKENS_MAX: u32 = 1_000_000_000;
/// Highest cost of one exchange, US dollars.
pub const COST_USD_MAX: u32 = 1_000_000;
/// Highest memory reading, MB.
pub const MEMORY_MB_MAX: u32 = 1_000_000_000;
/// Highest CPU reading, percent (many cores add up).
pub const CPU_PERCENT_MAX: u32 = 1_000_000;
/// How far ahead of the server's clock an event may be, ms: 24 h.
pub const CLOCK_SKEW_MS_MAX: i64 = 24 * 3_600_000;
/// Earliest timestamp, epoch ms: 1970-01-01.
pub const TIMESTAMP_MS_MIN: i64 = 0;

/// How long whoever came before the data was open may take to send his request, which is answered with that.
pub const LAST_ANSWERED_WITHIN: Duration = Duration::from_secs(1);

/// Connections at once.
pub const CONNECTIONS_MAX: usize = 8_192;
/// Connections at once of one address, or of one IPv6 network of 64 bits; this machine's own and those of trusted proxies
/// are counted among all only.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 512;
/// Connections that wait to be accepted; the system may allow fewer.
pub const CONNECTIONS_WAITING_MAX: u32 = 4_096;
/// Files the process has open beside its connections, at most.
pub const FILES_BESIDE_CONNECTIONS: u64 = 256;
/// Pause where the system gives no more connections.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Time between two lines of the log about that.
pub const ACCEPT_TROUBLE_TOLD_EVERY: Duration = Duration::from_secs(10);
/// How long a client may take to begin with TLS.
pub const TLS_HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// Time between two looks at whether the certificate or its key has changed.
pub const TLS_FILES_LOOKED_AT_EVERY: Duration = Duration::from_secs(5);
/// How long a connection may wait for a request, and the head of one may take to arrive.
pub const REQUEST_HEAD_WITHIN: Duration = Duration::from_secs(60);
/// Longest path with its parameters, bytes.
pub const URL_BYTES_MAX: usize = 8 * 1024;
/// Most headers of a request.
pub const HEADERS_MAX: usize = 64;
/// Longest headers of a request together, bytes of their names and values.
pub const HEADER_BYTES_MAX: usize = 32 * 1024;
/// What is read ahead of a connection, bytes: the longest head, and the longest part of a body.
pub const READ_BUFFER_BYTES_MAX: usize = 64 * 1024;
/// What a client that was quiet may send at once where requests are limited by the second: what the limit allows in so long.
pub const RATE_BURST: Duration = Duration::from_secs(5);
/// Clients whose requests are counted; beyond that, who has been quiet is forgotten.
pub const RATED_CLIENTS_MAX: usize = 65_536;
/// Lists of sessions or leads, and transcripts, that are read from the disk at once: each may sort `MATCHES_SORTED_MAX`.
pub const LISTS_AT_ONCE_MAX: usize = 8;
/// How long a list waits for one of those before it to be done.
pub const LIST_WAIT_MAX: Duration = Duration::from_secs(2);
/// Exports at once: each keeps a thread, and the state of the file as it was when it began.
pub const EXPORTS_AT_ONCE_MAX: usize = 8;
/// Deepest JSON that is kept as it came.
pub const JSON_DEPTH_MAX: usize = 64;

/// Largest request body as sent, bytes.
pub const BODY_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Longest time in which nothing of a request body arrives.
pub const BODY_STALL_MAX: Duration = Duration::from_secs(10);
/// Slowest a request body may arrive as a whole, bytes a second, after a first `BODY_STALL_MAX`.
pub const BODY_BYTES_PER_SECOND_MIN: u64 = 32 * 1024;
/// Memory taken for a request body before it has arrived, bytes.
pub const BODY_RESERVED_BYTES_MAX: u64 = 256 * 1024;
/// Longest that the rest of a refused body is received, so that a client that sends all of it first reads the answer.
pub const REFUSED_BODY_WITHIN: Duration = Duration::from_secs(30);
/// Largest request body once unpacked, bytes.
pub const UNPACKED_BODY_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Most events in one request.
pub const BATCH_EVENTS_MAX: usize = 200_000;
/// Most per-event errors or warnings listed in one answer; the counts are always complete.
pub const ERRORS_LISTED_MAX: usize = 1_000;
/// Longest idempotency key, bytes.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 128;
/// Most idempotency keys remembered.
pub const IDEMPOTENCY_KEYS_MAX: usize = 100_000;
/// How long keys and event ids are remembered, ms: 24 h.
pub const IDEMPOTENCY_MS: i64 = 24 * 3_600_000;
/// Most event ids remembered (16 bytes each); the oldest go first.
pub const EVENT_IDS_MAX: usize = 1_000_000;

/// Requests waiting for the writer: as many exchanges of a chat as come while a checkpoint is written.
pub const QUEUE_REQUESTS_MAX: usize = 65_536;
/// Bytes of unpacked events that are received, parsed or waiting for the writer. A request that is alone may have more.
pub const QUEUE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Events the writer gathers into one commit.
pub const GROUP_EVENTS_MAX: usize = 16_384;
/// Events folded under one hold of the rollups' lock; readers wait no longer than this takes.
pub const FOLD_EVENTS_PER_LOCK: usize = 1_024;

/// Pause after the storage failed, in which nothing is written; it doubles with each failure in a row.
pub const STORAGE_PAUSE_MIN: Duration = Duration::from_millis(100);
pub const STORAGE_PAUSE_MAX: Duration = Duration::from_secs(5);
/// What a disk that was full has to have free before writing is tried again, bytes.
pub const STORAGE_ROOM_MIN: u64 = 1024 * 1024;
/// Largest file that is read whole, page by page, when it is opened to write, bytes: in less than a tenth of a second.
pub const VERIFIED_WHEN_OPENED_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Waited for another process to close the file: one that only reads has to repair it after a crash, which takes a moment.
pub const FILE_HELD_MAX: Duration = Duration::from_secs(2);
/// Between two looks whether it has.
pub const FILE_HELD_POLL: Duration = Duration::from_millis(10);
/// Time between two lines of the log about a storage that goes on failing.
pub const STORAGE_TROUBLE_TOLD_EVERY: Duration = Duration::from_secs(10);

/// Events in one sealed block of the log, at most.
pub const BLOCK_EVENTS: usize = 4_096;
/// Bytes of events after which a block is sealed though it holds fewer: whoever needs one of them reads them all.
pub const BLOCK_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of a block in one part: with its key one page of redb, which otherwise takes the next power of two. At 4,096 a load
/// of two million writes 172 bytes an event instead of 152; at 8,172, two pages, 148, and who reads one part reads twice as much.
pub const BLOCK_PART_BYTES: usize = 4_000;
/// Sessions, or users, in one row of their table: neighbours share what they have in common, and are changed together.
pub const ROWS_PER_GROUP: u64 = 32;
/// Names of sessions, or of persons, that wait to be merged into the leaves by hash. Each takes some 20 bytes of memory; with
/// fewer, the leaves are written more often.
pub const NAMES_WAITING_MAX: usize = 200_000;
/// Names that wait, in one row of their table: with its key one page of redb.
pub const NAMES_PER_ROW: u64 = 500;
/// Names in one leaf, in the mean: of some 9 bytes each, so that few leaves go over their page of redb.
pub const NAMES_PER_LEAF: usize = 390;
/// Sequence numbers kept inside a session's row before they spill into rows of their own.
pub const SESSION_SEQS_INLINE: usize = 128;
/// Events between checkpoints, at most: bounds what a restart has to fold, and how long a batch may have to wait. With
/// 200,000 the p99 of a batch was 146 ms, with these 64; the rate is the same for events in order, and 226,000 a second
/// instead of 260,000 in no order at all.
pub const CHECKPOINT_EVENTS_MAX: u64 = 100_000;
/// Changed sessions and users held in memory before a checkpoint writes them back.
pub const DIRTY_ROWS_MAX: usize = 150_000;
/// Events folded before a checkpoint writes back what they changed, bytes of their texts: heavy events reach it first.
pub const UNWRITTEN_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Sessions and users that stay in memory after a checkpoint, estimated bytes.
pub const CACHED_ROW_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Traces held in memory before a checkpoint writes them, estimated bytes: long lists of long page names reach it, and events
/// of ever other hours.
pub const PENDING_TRACE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Longest chunk of traces, bytes: with its key one page of redb, which otherwise takes the next power of two.
pub const TRACE_CHUNK_BYTES_MAX: usize = 4_000;
/// Most traces in one chunk, however small they are together.
pub const TRACE_CHUNK_ROWS_MAX: usize = 65_536;
/// A chunk with less room than this is left as it is, bytes.
pub const TRACE_CHUNK_ROOM_MIN: usize = 64;
/// Threads that encode what the writer stores, at most: more would wait for it.
pub const ENCODERS_MAX: usize = 4;
/// Time between checkpoints while there is something to write, ms.
pub const CHECKPOINT_INTERVAL_MS: u64 = 5_000;
/// Sessions and users the writer keeps in memory.
pub const CACHED_ROWS_MAX: usize = 200_000;
/// The same in an import, whose sessions come one after the other.
pub const IMPORT_CACHED_ROWS_MAX: usize = 20_000;
/// Part of the writer's time, one in so many, that the checkpoints a reader asks for one after the other may take.
pub const READERS_CHECKPOINT_SHARE: u32 = 5;
/// Longest wait of a reader for its checkpoint to be due, whatever the last one took, ms.
pub const READERS_CHECKPOINT_WAIT_MS_MAX: u64 = 200;
/// Rollups kept in memory, estimated bytes.
pub const CACHED_ROLLUP_BYTES_MAX: usize = 64 * 1024 * 1024;
/// redb's page cache, bytes. Its default of 1 GiB is no size for a small server. Of two million events 8, 32, 128 and 512 MiB
/// take 15, 41, 140 and 140 MB of memory, and what they gain is less than one run differs from the next.
pub const PAGE_CACHE_BYTES: usize = 32 * 1024 * 1024;
/// What `--page-cache` may be, MB.
pub const PAGE_CACHE_MB: RangeInclusive<usize> = 4..=65_536;
/// The same in an import: half of it costs no time that could be measured.
pub const IMPORT_PAGE_CACHE_BYTES: usize = 32 * 1024 * 1024;

/// Distinct names per bot, day and dimension; the rest counts under `(other)`.
pub const NAMES_PER_DAY_MAX: usize = 1_000;
/// Distinct questions per bot and day; the rest counts under `(other)`.
pub const QUESTIONS_PER_DAY_MAX: usize = 2_000;
/// Longest grouped question, bytes; a longer one is cut at a character.
pub const QUESTION_BYTES_MAX: usize = 300;
/// The name that stands for all names over the limit.
pub const OTHER: &str = "(other)";

/// Shortest time between two backups by the clock.
pub const BACKUP_EVERY_MIN: Duration = Duration::from_secs(1);
/// Time after which a backup that failed is tried again.
pub const BACKUP_RETRY: Duration = Duration::from_secs(600);
/// Events an import stores in one commit.
pub const IMPORT_EVENTS_PER_COMMIT: usize = 10_000;
/// Rows that the reader of an imported file hands to the writer at once, and how many such hands may wait.
pub const IMPORT_ROWS_PER_CHUNK: usize = 500;
pub const IMPORT_CHUNKS_WAITING_MAX: usize = 4;

/// Shortest window of which the days before the last are summed, to be held.
pub const SUMMED_DAYS_MIN: u32 = 30;
/// Sums held, and the most names one has: some 100 bytes each.
pub const SUMS_HELD_MAX: usize = 8;
pub const SUMMED_NAMES_MAX: usize = 20_000;
/// Whole answers kept to be given again, and what they may take, estimated bytes.
pub const ANSWERS_KEPT_MAX: usize = 4_096;
pub const ANSWERS_KEPT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Longest window, days.
pub const DAYS_MAX: u32 = 3_650;
/// Longest window, hours.
pub const HOURS_MAX: u32 = 87_600;
/// Most sessions on one page of the list.
pub const SESSIONS_PER_PAGE_MAX: u32 = 500;
/// Most questions listed.
pub const QUESTIONS_LISTED_MAX: u32 = 1_000;
/// Messages one search may read; beyond it the answer asks for a narrower range.
pub const SEARCH_EVENTS_MAX: u64 = 5_000_000;
/// Exchanges and visits that one list of sessions may go through; beyond it the answer asks for a narrower range.
pub const TRACES_READ_MAX: u64 = 50_000_000;
/// Matches of one hour (leads: of one day) that are sorted for a list of sessions, 16 bytes each; beyond it the answer asks
/// for one more filter.
pub const MATCHES_SORTED_MAX: usize = 4_000_000;
/// Events in one transcript.
pub const TIMELINE_EVENTS_MAX: usize = 10_000;
/// Leads on one page of their list.
pub const LEADS_PER_PAGE_MAX: u32 = 500;
/// How far back the list of leads can be paged, leads.
pub const LEADS_OFFSET_MAX: u32 = 100_000;
/// Connections that watch what is happening, at most.
pub const LIVE_WATCHERS_MAX: usize = 64;
/// Batches of notes that wait for a slow watcher; beyond that it misses the oldest.
pub const LIVE_NOTES_WAITING_MAX: usize = 256;
/// Events of one batch that watchers are shown; the rest is counted.
pub const LIVE_NOTES_PER_BATCH_MAX: usize = 50;
/// Longest text a watcher is shown, characters.
pub const LIVE_TEXT_CHARS_MAX: usize = 200;
/// Largest body of a chat message, bytes.
pub const CHAT_BODY_BYTES_MAX: u64 = 256 * 1024;
/// How long an answer waits for a client that takes nothing of it.
pub const CLIENT_STALL_MAX: Duration = Duration::from_secs(60);
/// Longest answer of an upstream bot, bytes. A stream wraps each token in some 300: a reply of `TEXT_BYTES_MAX` takes 3 MiB.
pub const UPSTREAM_ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest event in a stream of an upstream bot, bytes: its line so far and the data of those before.
pub const UPSTREAM_EVENT_BYTES_MAX: usize = 256 * 1024;
/// Exchanges of a session that are sent along to an OpenAI-compatible upstream.
pub const HISTORY_EXCHANGES_MAX: usize = 10;
/// Sessions whose exchanges are held for that, the latest ones.
pub const HISTORY_SESSIONS_MAX: usize = 2_000;
/// Largest script of a bot, bytes.
pub const SCRIPT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Places that threads count in, each with cache lines of its own.
pub const METRIC_SHARDS: usize = 8;
/// Longest `X-Request-Id` that is taken over, bytes.
pub const REQUEST_ID_BYTES_MAX: usize = 64;
/// Lines about failed requests in the log, a second; the rest is counted.
pub const FAILURES_TOLD_PER_SECOND_MAX: u64 = 20;
/// How long a write that failed makes the server one that is not ready: after that it is tried again.
pub const STORAGE_TROUBLE_REMEMBERED: Duration = Duration::from_secs(10);
/// Free space of the disk below which health and `doctor` warn, bytes: what a checkpoint and the queue may need at once.
pub const DISK_FREE_BYTES_MIN: u64 = 256 * 1024 * 1024;
/// Age of the last checkpoint from which health warns, where there is something to write.
pub const CHECKPOINT_AGE_MAX: Duration = Duration::from_secs(60);
/// Fewest and most characters of a password.
pub const PASSWORD_CHARS_MIN: usize = 10;
pub const PASSWORD_CHARS_MAX: usize = 256;
/// What argon2id takes for a password: memory in KiB, and passes over it; the least that OWASP recommends.
pub const PASSWORD_MEMORY_KIB: u32 = 19 * 1024;
pub const PASSWORD_PASSES: u32 = 2;
/// Passwords that are checked at once, each in so much memory and on a core of its own; those that wait for it.
pub const PASSWORD_CHECKS_AT_ONCE_MAX: usize = 2;
pub const PASSWORD_CHECKS_WAITING_MAX: usize = 32;
/// Passwords that may be wrong for one name before each further try has to wait, and before all have to wait.
pub const WRONG_PASSWORDS_FREE: u32 = 5;
pub const WRONG_PASSWORDS_MAX: u32 = 10;
/// The same for one address: people may share it, and each of them mistypes.
pub const WRONG_PASSWORDS_OF_ADDRESS_FREE: u32 = 20;
pub const WRONG_PASSWORDS_OF_ADDRESS_MAX: u32 = 50;
/// How long all have to wait then, and how long a wrong password is remembered, minutes.
pub const LOCKOUT_MINUTES: i64 = 15;
/// Names, and addresses, whose wrong passwords are remembered.
pub const THROTTLED_MAX: usize = 16_384;
/// How long a login lasts without a request, and in all, ms: 12 hours; 14 days.
pub const LOGIN_IDLE_MS_MAX: i64 = 12 * 3_600_000;
pub const LOGIN_MS_MAX: i64 = 14 * 24 * 3_600_000;
/// Logins at once, in all and of one user; the one that has been quiet for longest goes first.
pub const LOGINS_MAX: usize = 2_000;
pub const LOGINS_OF_USER_MAX: usize = 20;
/// Time between two writings of when logins were last used, and two looks at whether the accounts have changed.
pub const LOGINS_WRITTEN_EVERY_MS: i64 = 60_000;
pub const ACCOUNTS_LOOKED_AT_EVERY: Duration = Duration::from_secs(1);
/// Time between two looks at whether a command has changed the settings.
pub const SETTINGS_LOOKED_AT_EVERY: Duration = Duration::from_secs(1);
/// Users, and keys.
pub const USERS_MAX: usize = 1_000;
pub const KEYS_MAX: usize = 1_000;
/// Longest name of a user or a key, bytes.
pub const ACCOUNT_NAME_BYTES_MAX: usize = 64;
/// Bots that one user or key may name, and origins of a key.
pub const BOTS_PER_ACCOUNT_MAX: usize = 200;
pub const ORIGINS_PER_KEY_MAX: usize = 50;
/// Longest origin, bytes.
pub const ORIGIN_BYTES_MAX: usize = 256;
/// Highest rate limit of a key, requests a second.
pub const KEY_RATE_LIMIT_MAX: u32 = 1_000_000;
/// Largest file of accounts, logins or settings, and largest body of a request about them, bytes.
pub const PRIVATE_FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
pub const ACCESS_BODY_BYTES_MAX: u64 = 64 * 1024;
/// Bytes after which the record of logins and changes is put aside, in place of the one before; most lines listed of it.
pub const AUDIT_BYTES_MAX: u64 = 10 * 1024 * 1024;
pub const AUDIT_LISTED_MAX: usize = 1_000;
/// Lines of the audit log that are looked through for what was erased.
pub const AUDIT_LOOKED_THROUGH_MAX: usize = 10_000;
/// Longest line of it, bytes; of these what a setting was, and what it is, twice as many where each is a quote.
pub const AUDIT_LINE_BYTES_MAX: usize = 5_120;
pub const AUDIT_SETTING_BYTES_MAX: usize = 1_000;
/// How long a browser may remember what a key allows another site, seconds.
pub const PREFLIGHT_SECONDS: &str = "600";

/// Syncs that `doctor` tries; it tells of a median from `SYNC_SLOW` on, and of one that no disk takes so little for.
pub const SYNCS_TRIED: usize = 20;
pub const SYNC_SLOW: Duration = Duration::from_millis(50);
pub const SYNC_VERY_SLOW: Duration = Duration::from_secs(1);
pub const SYNC_AT_LEAST: Duration = Duration::from_micros(5);
/// Blocks that `doctor` reads.
pub const GLANCE_BLOCKS_MAX: usize = 64;
/// Largest file of which `doctor` counts what is free in it, bytes: that reads all of its pages.
pub const GLANCE_COUNTED_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Days whose events tell how a directory grows, and days that its disk should last.
pub const GROWTH_DAYS: u32 = 7;
pub const DISK_LASTS_DAYS_MIN: u64 = 7;
pub const DISK_LASTS_DAYS_FEW: u64 = 30;
/// How far ahead of the clock a file may have been written, ms.
pub const FUTURE_FILE_MS_MAX: i64 = 60_000;
/// A clock before this was never set, epoch ms: 2026-01-01.
pub const CLOCK_MS_MIN: i64 = 1_767_225_600_000;
/// Age of the program's time zones that is worth a word, years.
pub const ZONES_OLD_YEARS: i64 = 3;
/// Before the end of a certificate it is time to renew it: certbot does so 30 days before.
pub const CERTIFICATE_ENDS_WITHIN: Duration = Duration::from_secs(14 * 86_400);
/// What `doctor` waits for an answer of the server, and the most it reads of it.
pub const HEALTH_ANSWER_WITHIN: Duration = Duration::from_secs(2);
pub const HEALTH_ANSWER_BYTES_MAX: usize = 64 * 1024;

// What is explored: funnels, paths, cohorts and hours of the week.
/// Steps of a funnel, each a bit of a mark.
pub const FUNNEL_STEPS_MAX: usize = 8;
/// Longest time that a funnel may be given, days.
pub const FUNNEL_WITHIN_DAYS_MAX: u64 = 3_650;
/// Steps of a path, and intents that are told apart in paths.
pub const PATH_STEPS_MAX: usize = 5;
pub const PATH_NAMES_MAX: usize = 30;
/// Doings that a funnel or paths may be read off, 16 bytes each; beyond it the answer asks for a shorter range.
pub const MOMENTS_HELD_MAX: usize = 5_000_000;
/// Users, of all bots, that cohorts may be read off.
pub const COHORT_USERS_MAX: u64 = 5_000_000;
/// Periods of one table of cohorts.
pub const COHORT_PERIODS_MAX: usize = 100;
/// Longest range whose clock hours of the bot's service are added up, days: some kilobytes each.
pub const SERVICE_HOURS_DAYS_MAX: u32 = 366;
/// Funnels, paths and cohorts that are read at once, among the lists, and how long one may wait for its turn.
pub const EXPLORED_AT_ONCE_MAX: usize = 2;
pub const EXPLORE_WAIT_MAX: Duration = Duration::from_secs(10);

const _: () = assert!(FUNNEL_STEPS_MAX <= u16::BITS as usize && PATH_NAMES_MAX < u16::MAX as usize);
const _: () = assert!(EXPLORED_AT_ONCE_MAX < LISTS_AT_ONCE_MAX);
// Experiments.
/// Experiments, those that were deleted among them where their name was used, and variants of one.
pub const EXPERIMENTS_MAX: usize = 500;
pub const VARIANTS_MAX: usize = 8;
/// Metrics that an experiment guards beside its primary one.
pub const GUARDRAILS_MAX: usize = 6;
/// Highest weight of a variant.
pub const VARIANT_WEIGHT_MAX: u32 = 10_000;
/// Replies of one variant, and the longest reason for a decision, characters.
pub const VARIANT_REPLIES_MAX: usize = 100;
pub const DECISION_CHARS_MAX: usize = 500;
/// Sessions that the result of an experiment is read off; of more it is that of those that began first, and says so.
pub const EXPERIMENT_SESSIONS_MAX: usize = 500_000;
/// Languages that are told apart in a result; the rest is `(other)`.
pub const EXPERIMENT_LANGUAGES_MAX: usize = 20;
/// How long no one may come back for a session to be resolved, ms: seven days.
pub const RESOLVED_WITHIN_MS: i64 = 7 * 24 * 3_600_000;
/// Exposures that are known to be recorded, by their hashes: twice as many are held in memory.
pub const EXPOSURES_KNOWN_MAX: usize = 100_000;
/// Units of each variant below which a result warns that they are few.
pub const FEW_UNITS: u64 = 100;
// Masking.
/// Patterns of one bot, and of all bots together: each holds what it is compiled to in memory.
pub const MASK_PATTERNS_MAX: usize = 20;
pub const MASK_PATTERNS_OF_ALL_MAX: usize = 200;
/// Bots whose texts are masked.
pub const MASKED_BOTS_MAX: usize = BOTS_MAX;
/// Longest name of a pattern, and longest pattern, bytes.
pub const MASK_PATTERN_NAME_BYTES_MAX: usize = 24;
pub const MASK_PATTERN_BYTES_MAX: usize = 500;
/// What a pattern may be compiled to, and what a search may remember of it, bytes.
pub const MASK_PATTERN_COMPILED_BYTES_MAX: usize = 256 * 1024;
/// What one pattern may find in a text before the rest of the text is masked as a whole.
pub const MASK_FINDS_MAX: usize = 1_000;
/// Times that a text is looked through, where there was something to mask the time before.
pub const MASK_ROUNDS_MAX: usize = 16;

/// Channels, rules of alerts, and silences at once.
pub const CHANNELS_MAX: usize = 50;
pub const RULES_MAX: usize = 500;
pub const SILENCES_MAX: usize = 200;
/// Longest name of a channel, secret of one, and address that it goes to, bytes.
pub const CHANNEL_NAME_BYTES_MAX: usize = 64;
pub const CHANNEL_SECRET_BYTES_MAX: usize = 1_024;
pub const CHANNEL_URL_BYTES_MAX: usize = 2_048;
/// Longest address of mail with its name, bytes, and recipients of one channel.
pub const MAIL_ADDRESS_BYTES_MAX: usize = 320;
pub const MAIL_RECIPIENTS_MAX: usize = 50;
/// Longest name of a rule, and reason of a silence, characters.
pub const ALERT_TEXT_CHARS_MAX: usize = 100;
/// Longest windows of a rule, its longest hold, and its rarest reminder.
pub const ALERT_WINDOW_HOURS_MAX: u32 = 168;
pub const ALERT_WINDOW_DAYS_MAX: u32 = 90;
pub const ALERT_HOLD_MINUTES_MAX: u32 = 10_080;
pub const ALERT_REMIND_HOURS_MAX: u32 = 168;
/// Channels that one rule tells.
pub const CHANNELS_PER_RULE_MAX: usize = 10;
/// How often the watch looks whether a minute has passed or the settings have changed, and the post office whether a letter is due.
pub const ALERT_LOOKS_EVERY: Duration = Duration::from_secs(1);
pub const OFFICE_LOOKS_EVERY: Duration = Duration::from_secs(1);
/// How long an alert goes on while there is too little to tell, ms: 24 h.
pub const ALERT_BLIND_MS_MAX: i64 = 24 * 3_600_000;
/// Alerts in one message; what fires beyond that at once goes into further ones.
pub const ALERTS_PER_MESSAGE_MAX: usize = 50;
/// What is remembered of alerts that fired and were resolved.
pub const ALERT_HISTORY_MAX: usize = 1_000;
/// How far back a rule can be tried, days.
pub const BACKTEST_DAYS: u32 = 90;
/// How long a receiver may take to be reached, and for everything.
pub const DELIVERY_CONNECT_WITHIN: Duration = Duration::from_secs(10);
pub const DELIVERY_WITHIN: Duration = Duration::from_secs(30);
/// What is read of a receiver's answer, bytes, and shown of it, characters.
pub const DELIVERY_ANSWER_BYTES_MAX: usize = 4 * 1024;
pub const DELIVERY_ANSWER_CHARS_SHOWN: usize = 300;
/// How long a message is tried, the pause after its first try, which doubles with each, and the longest pause, ms.
pub const DELIVERY_TRIED_FOR_MS: i64 = 24 * 3_600_000;
pub const DELIVERY_PAUSE_MS_MIN: i64 = 10_000;
pub const DELIVERY_PAUSE_MS_MAX: i64 = 3_600_000;
/// Messages that wait for one channel, and lines of its log.
pub const LETTERS_WAITING_MAX: usize = 200;
pub const DELIVERIES_KEPT_MAX: usize = 50;
/// Letters that are on their way to single readers of one channel at once.
pub const LETTERS_AT_ONCE_MAX: usize = 4;
/// How long a server that stops waits for messages on their way.
pub const OFFICE_CLOSES_WITHIN: Duration = Duration::from_secs(5);

const _: () = assert!(DELIVERY_CONNECT_WITHIN.as_millis() < DELIVERY_WITHIN.as_millis());
const _: () = assert!(DELIVERY_PAUSE_MS_MIN < DELIVERY_PAUSE_MS_MAX && DELIVERY_PAUSE_MS_MAX < DELIVERY_TRIED_FOR_MS);
// Retention.
/// Longest time that anything is kept where it is not kept for ever, days.
pub const KEPT_DAYS_MAX: u32 = 36_500;
/// Sessions, or persons, with one digest: as many as may go in one step.
pub const DIGESTED_TOGETHER: u64 = 512;
/// Rows that one step takes out of a table.
pub const RETAIN_ROWS_PER_STEP: usize = 512;
/// Blocks of the log that one step rewrites, and their bytes from which on there are no more.
pub const RETAIN_BLOCKS_PER_STEP: usize = 32;
pub const RETAIN_BYTES_PER_STEP: usize = 256 * 1024;
/// Hour of the night in which it is done, in the bot's zone.
pub const RETAIN_HOUR: usize = 3;
/// Time between two looks at whether it is that hour.
pub const RETAIN_LOOKED_AT_EVERY: Duration = Duration::from_secs(60);
/// Those who may wait to be told what would go: all of them are told the same.
pub const FORESEEING_WAITING_MAX: usize = 16;
/// Longest pause between two steps; they take half of the writer's time at most.
pub const RETAIN_PAUSE_MAX: Duration = Duration::from_millis(50);

/// Bytes that have to be free in the file for it to be copied into a smaller one, and the part of it that has to be free, one in so
/// many.
pub const GIVEN_BACK_BYTES_MIN: u64 = 64 * 1024 * 1024;
pub const GIVEN_BACK_PART: u64 = 2;
/// Room that is left on the disk beside the new file and as much again, bytes.
pub const GIVE_BACK_MARGIN_BYTES: u64 = DISK_FREE_BYTES_MIN;
/// What one step copies, bytes.
pub const COPY_BYTES_PER_STEP: usize = 1024 * 1024;
/// Page cache of the new file while it is not in its place yet, bytes.
pub const COPY_CACHE_BYTES: usize = 8 * 1024 * 1024;
/// What the keys may take in memory whose rows have changed meanwhile, bytes: from the first figure on they are copied before anything
/// else, beyond the second the copy is given up.
pub const NOTED_BYTES_PER_ROUND: usize = 4 * 1024 * 1024;
pub const NOTED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Rows that are copied while the writer waits.
pub const COPY_KEYS_AT_LAST_MAX: usize = 64;
/// Times that what has changed is copied before the copy is given up.
pub const COPY_ROUNDS_MAX: u32 = 500;
/// How long the old file is kept open for those who still read it, before closing it is left to the last of them.
pub const OLD_FILE_HELD_MAX: Duration = Duration::from_secs(60);
/// Between two looks whether there are any.
pub const OLD_FILE_HELD_POLL: Duration = Duration::from_millis(20);

const _: () = assert!(NOTED_BYTES_PER_ROUND < NOTED_BYTES_MAX);

/// Blocks of the log that one erasure may change: they change together.
pub const ERASED_BLOCKS_MAX: usize = 1_024;
/// Longest file that may be a receipt, bytes.
pub const RECEIPT_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Most receipts in one answer.
pub const ERASURES_LISTED_MAX: u32 = 1_000;
/// Receipts of erasures that are kept; the oldest go.
pub const ERASURES_KEPT_MAX: u64 = 10_000;

const _: () = assert!(DIGESTED_TOGETHER.is_multiple_of(ROWS_PER_GROUP));

/// Reports, and recipients of one.
pub const REPORTS_MAX: usize = 100;
pub const REPORT_RECIPIENTS_MAX: usize = 50;
/// Longest name of a report, characters, and address of the server in its links, bytes.
pub const REPORT_TITLE_CHARS_MAX: usize = 100;
pub const REPORT_URL_BYTES_MAX: usize = 1_024;
/// Longest part of a link to unsubscribe that is looked at, bytes.
pub const REPORT_TOKEN_BYTES_MAX: usize = 64;
/// Periods of each report that are known to be sent, and what is remembered of when reports were sent.
pub const REPORT_PERIODS_KEPT: usize = 8;
pub const REPORT_HISTORY_MAX: usize = 500;
/// How often one looks whether a report is due.
pub const REPORTS_LOOK_EVERY: Duration = Duration::from_secs(2);
/// A report that comes later than this says so, ms.
pub const REPORT_LATE_MS: i64 = 3_600_000;
/// Rows of each table of a report, and messages it cites.
pub const REPORT_ROWS_MAX: usize = 8;
pub const REPORT_EXAMPLES_MAX: u32 = 5;
/// Longest name that a report shows whole, and message that it cites so, characters.
pub const REPORT_NAME_CHARS_MAX: usize = 120;
pub const REPORT_EXAMPLE_CHARS_MAX: usize = 160;

const _: () = assert!(REPORT_RECIPIENTS_MAX < LETTERS_WAITING_MAX);
const _: () = assert!(GLANCE_BLOCKS_MAX > 2);
const _: () = assert!(DISK_LASTS_DAYS_MIN < DISK_LASTS_DAYS_FEW);
const _: () = assert!(BATCH_EVENTS_MAX >= BLOCK_EVENTS);
const _: () = assert!(CONNECTIONS_PER_ADDRESS_MAX <= CONNECTIONS_MAX);
const _: () = assert!(URL_BYTES_MAX + HEADER_BYTES_MAX < READ_BUFFER_BYTES_MAX);
const _: () = assert!(UNPACKED_BODY_BYTES_MAX >= BODY_BYTES_MAX);
const _: () = assert!(QUEUE_BYTES_MAX as u64 >= BODY_BYTES_MAX);
const _: () = assert!(DIRTY_ROWS_MAX <= CACHED_ROWS_MAX);
// A trace with a name of its own fits into a chunk.
const _: () = assert!(NAME_BYTES_MAX + 2 * TRACE_CHUNK_ROOM_MIN <= TRACE_CHUNK_BYTES_MAX);
const _: () = assert!(SUMMED_DAYS_MIN >= 2);
const _: () = assert!(NAMES_PER_DAY_MAX <= QUESTIONS_PER_DAY_MAX);
const _: () = assert!(UPSTREAM_ANSWER_BYTES_MAX >= UPSTREAM_EVENT_BYTES_MAX);
const _: () = assert!(HOURS_MAX == DAYS_MAX * 24);
const _: () = assert!(LOGIN_IDLE_MS_MAX <= LOGIN_MS_MAX && LOGINS_WRITTEN_EVERY_MS < LOGIN_IDLE_MS_MAX);
const _: () = assert!(LOGINS_OF_USER_MAX <= LOGINS_MAX);
