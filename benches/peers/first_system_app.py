"""The first system as one would have written it well: its tables, with indexes, and the contract's endpoints in Flask."""

import collections
import datetime
import json
import os
import re

import flask
import sqlalchemy as sql
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

import answers
from engine import TOP_INTENTS, Window

EPOCH = datetime.datetime(1970, 1, 1)
NO_WORD = re.compile(r"[^\w\s]|_")
QUESTION_CHARS_MIN = 11
ERROR_STATUS_MIN = 400


class Table(DeclarativeBase):
    pass


class Conversation(Table):
    __tablename__ = "conversations"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(sql.String(100), index=True)
    user_id: Mapped[str] = mapped_column(sql.String(200))
    user_message: Mapped[str | None]
    bot_response: Mapped[str | None]
    # Grouped when it comes, in its favour: the first system did so when it was asked.
    question: Mapped[str | None]
    intent: Mapped[str | None] = mapped_column(sql.String(100))
    success: Mapped[bool | None]
    confidence: Mapped[float | None]
    entities: Mapped[dict | None] = mapped_column(sql.JSON(none_as_null=True))
    sentiment: Mapped[str | None] = mapped_column(sql.String(20))
    response_time_ms: Mapped[int | None]
    user_satisfied: Mapped[bool | None]
    lead_generated: Mapped[bool | None]
    message_count: Mapped[int]
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    cost_usd: Mapped[float | None]
    model: Mapped[str | None]
    timestamp: Mapped[datetime.datetime] = mapped_column(index=True)


class Lead(Table):
    __tablename__ = "leads"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(sql.String(100), index=True)
    name: Mapped[str | None] = mapped_column(sql.String(200))
    email: Mapped[str | None] = mapped_column(sql.String(200))
    phone: Mapped[str | None] = mapped_column(sql.String(50))
    interested_package: Mapped[str | None] = mapped_column(sql.String(100))
    property_size: Mapped[str | None] = mapped_column(sql.String(50))
    property_type: Mapped[str | None] = mapped_column(sql.String(100))
    location: Mapped[str | None] = mapped_column(sql.String(200))
    additional_info: Mapped[str | None]
    created_at: Mapped[datetime.datetime] = mapped_column(index=True)


class UserEngagement(Table):
    """A session."""

    __tablename__ = "user_engagement"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(sql.String(100), unique=True)
    user_id: Mapped[str] = mapped_column(sql.String(200))
    first_interaction: Mapped[datetime.datetime] = mapped_column(index=True)
    last_interaction: Mapped[datetime.datetime]
    total_messages: Mapped[int]
    session_duration_seconds: Mapped[float]
    conversion_event: Mapped[str | None] = mapped_column(sql.String(100))
    device_type: Mapped[str | None] = mapped_column(sql.String(20))
    browser: Mapped[str | None] = mapped_column(sql.String(50))
    referrer: Mapped[str | None] = mapped_column(sql.String(500))


class PageVisit(Table):
    """The first system kept pages as JSON in the session's row, which does not tell when a page was visited."""

    __tablename__ = "page_visits"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(sql.String(100), index=True)
    page: Mapped[str] = mapped_column(sql.String(500))
    timestamp: Mapped[datetime.datetime] = mapped_column(index=True)


class Feedback(Table):
    """The first system had none; here nothing of an event is thrown away."""

    __tablename__ = "feedback"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(sql.String(100), index=True)
    user_satisfied: Mapped[bool | None]
    rating: Mapped[int | None]
    comment: Mapped[str | None]
    timestamp: Mapped[datetime.datetime] = mapped_column(index=True)


class PerformanceMetric(Table):
    __tablename__ = "performance_metrics"
    id: Mapped[int] = mapped_column(primary_key=True)
    timestamp: Mapped[datetime.datetime] = mapped_column(index=True)
    endpoint: Mapped[str] = mapped_column(sql.String(200))
    response_time_ms: Mapped[int | None]
    status_code: Mapped[int | None]
    error_message: Mapped[str | None]
    memory_usage_mb: Mapped[float | None]
    cpu_usage_percent: Mapped[float | None]


engine = sql.create_engine(f"sqlite:///{os.environ['FIRST_SYSTEM_DATABASE']}")


@sql.event.listens_for(engine, "connect")
def prepare(connection, _record):
    # The driver would begin transactions by itself, too late for two workers that read before they write.
    connection.isolation_level = None
    for pragma in ["busy_timeout=60000", "journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "temp_store=MEMORY"]:
        connection.execute(f"PRAGMA {pragma}")


@sql.event.listens_for(engine, "begin")
def begin(connection):
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


writing = engine.execution_options(writes=True)
with writing.begin() as connection:
    Table.metadata.create_all(connection)
# This is before gunicorn forks, which no connection outlives.
engine.dispose()

app = flask.Flask(__name__)


@app.get("/api/health")
def health():
    return {"status": "healthy"}


# Ingest


@app.post("/api/events")
def events():
    batch, errors = [], []
    for index, line in enumerate(flask.request.get_data().splitlines()):
        try:
            event = json.loads(line)
            batch.append((event, ROWS[event["type"]](event, moment(event["timestamp"]))))
        except (KeyError, TypeError, ValueError) as error:
            errors.append({"index": index, "error": str(error)})
    rows, sessions = collections.defaultdict(list), {}
    for event, (table, row) in batch:
        if row is not None:
            rows[table].append(row)
        if table is not PerformanceMetric:
            interacted(sessions, event)
    with Session(writing) as session, session.begin():
        for table, new in rows.items():
            session.execute(sql.insert(table), new)
        keep_sessions(session, sessions)
    return {"status": "success", "accepted": len(batch), "duplicates": 0, "rejected": len(errors), "errors": errors}


def moment(epoch_ms):
    return EPOCH + datetime.timedelta(milliseconds=epoch_ms)


def fields(event, names):
    return {name: event.get(name) for name in names}


MESSAGE_FIELDS = """user_message bot_response intent success confidence entities sentiment response_time_ms user_satisfied
    lead_generated input_tokens output_tokens cost_usd model""".split()
LEAD_FIELDS = "name email phone interested_package property_size property_type location additional_info".split()
PERFORMANCE_FIELDS = "response_time_ms status_code error_message memory_usage_mb cpu_usage_percent".split()


def message(event, at):
    row = fields(event, MESSAGE_FIELDS)
    row |= {"session_id": event["session_id"], "user_id": event.get("user_id", "anonymous"), "timestamp": at}
    row |= {"message_count": event.get("message_count", 1), "question": grouped(row["user_message"])}
    return Conversation, row


def grouped(text):
    """A question without case, punctuation and superfluous white space."""
    if text is None or len(text) < QUESTION_CHARS_MIN:
        return None
    return " ".join(NO_WORD.sub("", text.lower()).split()) or None


def lead(event, at):
    return Lead, fields(event, LEAD_FIELDS) | {"session_id": event["session_id"], "created_at": at}


def visit(event, at):
    row = {"session_id": event["session_id"], "page": event["page"], "timestamp": at} if "page" in event else None
    return PageVisit, row


def feedback(event, at):
    row = fields(event, ["user_satisfied", "rating", "comment"])
    return Feedback, row | {"session_id": event["session_id"], "timestamp": at}


def metric(event, at):
    return PerformanceMetric, fields(event, PERFORMANCE_FIELDS) | {"endpoint": event["endpoint"], "timestamp": at}


ROWS = {"message": message, "lead": lead, "engagement": visit, "feedback": feedback, "performance": metric}
KEPT_FIRST = ["device_type", "browser", "referrer"]


def interacted(sessions, event):
    """Adds an event to what the batch knows of its session."""
    at = moment(event["timestamp"])
    known = sessions.setdefault(
        event["session_id"],
        {
            "session_id": event["session_id"],
            "user_id": event.get("user_id", "anonymous"),
            "first_interaction": at,
            "last_interaction": at,
            "total_messages": 0,
            "conversion_event": None,
            **dict.fromkeys(KEPT_FIRST),
        },
    )
    known["first_interaction"] = min(known["first_interaction"], at)
    known["last_interaction"] = max(known["last_interaction"], at)
    known["total_messages"] += event.get("message_count", 1) if event["type"] == "message" else 0
    known["conversion_event"] = event.get("conversion_event") or known["conversion_event"]
    for name in KEPT_FIRST:
        known[name] = known[name] or event.get(name)


def keep_sessions(session, sessions):
    """Adds what the batch knows to what is stored: a session at a time would be a query each."""
    stored = session.execute(sql.select(UserEngagement.__table__).where(UserEngagement.session_id.in_(sessions)))
    changed = []
    for row in stored.mappings():
        known = sessions.pop(row["session_id"])
        known |= {name: row[name] or known[name] for name in [*KEPT_FIRST, "user_id"]}
        known["first_interaction"] = min(known["first_interaction"], row["first_interaction"])
        known["last_interaction"] = max(known["last_interaction"], row["last_interaction"])
        known["total_messages"] += row["total_messages"]
        known["conversion_event"] = known["conversion_event"] or row["conversion_event"]
        changed.append(known | {"id": row["id"]})
    for known in [*sessions.values(), *changed]:
        lasted = known["last_interaction"] - known["first_interaction"]
        known["session_duration_seconds"] = lasted.total_seconds()
    if changed:
        session.execute(sql.update(UserEngagement), changed)
    if sessions:
        session.execute(sql.insert(UserEngagement), list(sessions.values()))


# Questions


def asked_window():
    return Window(*(datetime.date.fromisoformat(flask.request.args[end]) for end in ("from", "to")))


def within(column, window):
    return (column >= window.begin) & (column < window.end)


def tally(session, column, when, window):
    return session.execute(sql.select(column, sql.func.count()).where(within(when, window)).group_by(column)).all()


def day_of(column):
    """SQLite keeps times as text, of which the first ten letters are the day."""
    return sql.func.substr(column, 1, 10, type_=sql.String)


def hour_of(column):
    return sql.func.substr(column, 1, 13, type_=sql.String)


@app.get("/api/analytics/overview")
def overview():
    window = asked_window()
    with Session(engine) as session:
        return answers.overview(window, figures(session, window), figures(session, window.before()))


def figures(session, window):
    person = sql.case((Conversation.user_id != "anonymous", Conversation.user_id))
    sessions, users = (sql.func.count(sql.distinct(column)) for column in (Conversation.session_id, person))
    exchanges = session.execute(
        sql.select(sql.func.count(), sessions, users).where(within(Conversation.timestamp, window))
    ).one()
    leads = session.scalar(sql.select(sql.func.count()).where(within(Lead.created_at, window)))
    lasted = sql.func.avg(UserEngagement.session_duration_seconds)
    duration_s = session.scalar(sql.select(lasted).where(within(UserEngagement.first_interaction, window)))
    intents = answers.counts(tally(session, Conversation.intent, Conversation.timestamp, window), "intent", TOP_INTENTS)
    return answers.figures(*exchanges, leads, duration_s, intents)


@app.get("/api/analytics/conversations")
def conversations():
    window, when = asked_window(), Conversation.timestamp
    with Session(engine) as session:
        per_hour = [
            (datetime.date.fromisoformat(hour[:10]), int(hour[11:]), count)
            for hour, count in tally(session, hour_of(when), when, window)
        ]
        # Counted by value: far fewer than to sort them all, and as exact.
        took = tally(session, Conversation.response_time_ms, when, window)
        sentiments = tally(session, Conversation.sentiment, when, window)
    return answers.conversations(per_hour, sentiments, answers.response_times(*of_times(histogram(took))))


def histogram(rows):
    return {value: count for value, count in rows if value is not None}


def of_times(times):
    """Average, largest and percentiles of times given with how often each is there."""
    mean = sum(took * count for took, count in times.items()) / max(sum(times.values()), 1)
    return mean, max(times, default=0), answers.percentiles(times)


@app.get("/api/analytics/engagement")
def engagement():
    window, began = asked_window(), UserEngagement.first_interaction
    averages = [sql.func.avg(column) for column in (UserEngagement.total_messages, UserEngagement.session_duration_seconds)]
    names = ["device_type", "browser", "referrer", "conversion_event"]
    with Session(engine) as session:
        totals = session.execute(sql.select(sql.func.count(), *averages).where(within(began, window))).one()
        lists = [tally(session, getattr(UserEngagement, name), began, window) for name in names]
        pages = tally(session, PageVisit.page, PageVisit.timestamp, window)
    return answers.engagement(*totals, lists, pages)


@app.get("/api/analytics/intents")
def intents():
    intent = Conversation.intent
    succeeded = sql.func.coalesce(Conversation.success, intent.not_in(["fallback", "unknown"]))
    averages = (sql.func.avg(column) for column in (Conversation.confidence, Conversation.response_time_ms))
    summary = sql.select(intent, sql.func.count(), sql.func.sum(succeeded, type_=sql.Integer), *averages)
    with Session(engine) as session:
        found = within(Conversation.timestamp, asked_window()) & intent.is_not(None)
        return answers.intents(session.execute(summary.where(found).group_by(intent)).all())


@app.get("/api/analytics/leads")
def leads():
    window, when = asked_window(), Lead.created_at
    with Session(engine) as session:
        listed = [day_of(when), Lead.interested_package, Lead.property_type]
        return answers.leads(*(tally(session, column, when, window) for column in listed))


@app.get("/api/analytics/performance")
def performance():
    window, when = asked_window(), PerformanceMetric.timestamp
    endpoint, took = PerformanceMetric.endpoint, PerformanceMetric.response_time_ms
    failed = sql.func.sum(sql.case((PerformanceMetric.status_code >= ERROR_STATUS_MIN, 1), else_=0))
    resources = (sql.func.avg(PerformanceMetric.memory_usage_mb), sql.func.avg(PerformanceMetric.cpu_usage_percent))
    per_time = sql.select(endpoint, took, sql.func.count()).group_by(endpoint, took)
    per_endpoint = sql.select(endpoint, sql.func.count(), failed).group_by(endpoint)
    times = collections.defaultdict(list)
    with Session(engine) as session:
        for name, *counted in session.execute(per_time.where(within(when, window))):
            times[name].append(counted)
        totals = session.execute(per_endpoint.where(within(when, window))).all()
        memory_mb, cpu_percent = session.execute(sql.select(*resources).where(within(when, window))).one()
        hours = tally(session, hour_of(when), when, window)
    endpoints = [(name, requests, errors, *of_times(histogram(times[name]))) for name, requests, errors in totals]
    hours = [(datetime.datetime.fromisoformat(hour), count) for hour, count in hours]
    return answers.performance(endpoints, memory_mb, cpu_percent, hours)


@app.get("/api/analytics/questions/top")
def questions():
    window, question, count = asked_window(), Conversation.question, sql.func.count()
    found = within(Conversation.timestamp, window)
    top = sql.select(question, count).where(found & question.is_not(None)).group_by(question)
    with Session(engine) as session:
        rows = session.execute(top.order_by(count.desc(), question).limit(int(flask.request.args["limit"]))).all()
        exchanges = session.scalar(sql.select(count).where(found))
    return answers.top_questions(window, rows, exchanges)
