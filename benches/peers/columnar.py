"""DuckDB and ClickHouse: one table of raw events and the same SQL, but for the few words in which their dialects differ.

Nothing is added up beforehand: a session is what its events say when the question is asked, as one writes it in SQL.
"""

import answers
from engine import TOP_INTENTS, TOP_QUESTIONS, Engine

# Fields of events in the order of both tables; `timestamp` becomes the column `moment`.
TEXTS = """type session_id user_id user_message bot_response intent sentiment model page conversion_event device_type
    browser referrer name email phone interested_package property_size property_type location additional_info endpoint
    error_message comment""".split()
WHOLE_NUMBERS = "response_time_ms message_count input_tokens output_tokens status_code rating".split()
FRACTIONS = "confidence cost_usd memory_usage_mb cpu_usage_percent".split()
TRUTHS = "user_satisfied lead_generated success".split()

SESSIONS = """
    SELECT session_id, date_diff('millisecond', min(moment), max(moment)) / 1000.0 AS duration,
        sum(coalesce(message_count, 1)) FILTER (WHERE type = 'message') AS messages,
        argMin(device_type, moment) AS device, argMin(browser, moment) AS browser, argMin(referrer, moment) AS referrer,
        argMax(conversion_event, moment) AS conversion
    FROM events WHERE type <> 'performance' GROUP BY session_id HAVING min(moment) >= '{begin}' AND min(moment) < '{end}'"""
DURATIONS = """
    SELECT date_diff('millisecond', min(moment), max(moment)) / 1000.0 AS duration
    FROM events WHERE type <> 'performance' GROUP BY session_id HAVING min(moment) >= '{begin}' AND min(moment) < '{end}'"""


class Columnar(Engine):
    """Its subclasses know how to store and to query, and how it says percentiles."""

    # The percentiles of response times.
    quantiles: str
    of_both = """Its figures have no HTTP in them, which is in its favour; its memory is that of the Python process it
        runs in. It answers with SQL from one table of raw events, nothing added up beforehand."""

    def rows(self, sql):
        """Rows of a query's answer."""
        raise NotImplementedError

    def among(self, kind, window):
        return f"FROM events WHERE type = '{kind}' AND moment >= '{window.begin}' AND moment < '{window.end}'"

    def tally(self, column, kind, window):
        return self.rows(f"SELECT {column}, count(*) {self.among(kind, window)} GROUP BY 1")

    def ask(self, question, window):
        return getattr(self, question.replace("/", "_"))(window)

    def overview(self, window):
        return answers.overview(window, self.figures(window), self.figures(window.before()))

    def figures(self, window):
        messages = self.among("message", window)
        ((exchanges, sessions, users),) = self.rows(
            f"""SELECT count(*), count(DISTINCT session_id),
                count(DISTINCT CASE WHEN user_id <> 'anonymous' THEN user_id END) {messages}"""
        )
        ((leads,),) = self.rows(f"SELECT count(*) {self.among('lead', window)}")
        durations = DURATIONS.format(begin=window.begin, end=window.end)
        ((began, duration_s),) = self.rows(f"SELECT count(*), avg(duration) FROM ({durations})")
        intents = answers.counts(self.tally("intent", "message", window), "intent", TOP_INTENTS)
        return answers.figures(exchanges, sessions, users, leads, duration_s if began else 0, intents)

    def conversations(self, window):
        messages = self.among("message", window)
        per_hour = self.rows(f"SELECT CAST(moment AS DATE), hour(moment), count(*) {messages} GROUP BY 1, 2")
        ((count, mean, largest, percentiles),) = self.rows(
            f"""SELECT count(response_time_ms), avg(response_time_ms), max(response_time_ms),
                {self.quantiles} {messages}"""
        )
        response = answers.response_times(mean, largest, percentiles) if count else answers.response_times(0, 0, (0, 0, 0))
        return answers.conversations(per_hour, self.tally("sentiment", "message", window), response)

    def engagement(self, window):
        sessions = SESSIONS.format(begin=window.begin, end=window.end)
        # Grouped once for all the lists; a session each would be grouped again and again.
        rows = self.rows(
            f"""SELECT device, browser, referrer, conversion, count(*), sum(messages), sum(duration)
                FROM ({sessions}) GROUP BY 1, 2, 3, 4"""
        )
        total = sum(row[4] for row in rows)
        lists = [folded((row[place], row[4]) for row in rows) for place in range(4)]
        messages, duration_s = (sum(row[place] or 0 for row in rows) / max(total, 1) for place in (5, 6))
        return answers.engagement(total, messages, duration_s, lists, self.tally("page", "engagement", window))

    def intents(self, window):
        return answers.intents(
            self.rows(
                f"""SELECT intent, count(*),
                    count(CASE WHEN coalesce(success, intent NOT IN ('fallback', 'unknown')) THEN 1 END),
                    avg(confidence), avg(response_time_ms)
                {self.among("message", window)} AND intent IS NOT NULL GROUP BY 1"""
            )
        )

    def leads(self, window):
        columns = ["CAST(moment AS DATE)", "interested_package", "property_type"]
        return answers.leads(*(self.tally(column, "lead", window) for column in columns))

    def performance(self, window):
        requests = self.among("performance", window)
        endpoints = self.rows(
            f"""SELECT endpoint, count(*), count(CASE WHEN status_code >= 400 THEN 1 END), avg(response_time_ms),
                max(response_time_ms), {self.quantiles} {requests} GROUP BY 1"""
        )
        ((count, memory_mb, cpu_percent),) = self.rows(
            f"SELECT count(*), avg(memory_usage_mb), avg(cpu_usage_percent) {requests}"
        )
        hours = self.tally("date_trunc('hour', moment)", "performance", window)
        return answers.performance(endpoints, memory_mb if count else 0, cpu_percent if count else 0, hours)

    def questions_top(self, window):
        messages = self.among("message", window)
        rows = self.rows(
            f"""SELECT question, count(*) {messages} AND question <> '' GROUP BY 1
                ORDER BY 2 DESC, 1 LIMIT {TOP_QUESTIONS}"""
        )
        ((exchanges,),) = self.rows(f"SELECT count(*) {messages}")
        return answers.top_questions(window, rows, exchanges)


def folded(rows):
    sums = {}
    for name, count in rows:
        sums[name] = sums.get(name, 0) + count
    return sums.items()
