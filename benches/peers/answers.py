"""The contract's answers made of rows of SQL, and the comparison of two such answers."""

import collections
import math

PERCENTS = [50, 95, 99]


def percent(part, whole):
    return round(100 * part / whole, 2) if whole else 0.0


def average(value):
    return round(value or 0, 2)


def counts(rows, name, most=None):
    """Rows of (name, count) as the contract lists them: most frequent first, equal counts by name."""
    named = sorted(((value, count) for value, count in rows if value is not None), key=most_first)
    return [{name: value, "count": count} for value, count in named[:most]]


def most_first(row):
    return -row[1], row[0]


def by_day(rows):
    return [{"date": str(day), "count": count} for day, count in sorted(rows)]


def figures(exchanges, sessions, users, leads, duration_s, intents):
    return {
        "total_conversations": exchanges,
        "total_leads": leads,
        "unique_sessions": sessions,
        "unique_users": users,
        "avg_session_duration_seconds": average(duration_s),
        "conversion_rate_percent": percent(leads, sessions),
        "top_intents": intents,
    }


def overview(window, now, previous):
    return {"status": "success", "period_days": window.days, "overview": now, "previous": previous}


def conversations(per_hour, sentiments, response):
    """From exchanges per day and hour of the day, per sentiment, and what `response_times` gives."""
    days = collections.Counter()
    hours_of_week = [[0] * 24 for _ in range(7)]
    for day, hour, count in per_hour:
        days[day] += count
        hours_of_week[day.weekday()][hour] += count
    return {
        "status": "success",
        "conversations_by_day": by_day(days.items()),
        "sentiment_distribution": counts(sentiments, "sentiment"),
        "total_analyzed": days.total(),
        "response_time_ms": response,
        "by_hour_of_week": hours_of_week,
    }


def response_times(mean, largest, percentiles):
    p50, p95, p99 = percentiles
    return {"avg": average(mean), "p50": p50, "p95": p95, "p99": p99, "max": largest or 0}


def percentiles(histogram):
    """Nearest ranks of values given with how often each is there."""
    ordered = sorted(histogram.items())
    total = sum(histogram.values())
    return [ranked(ordered, math.ceil(total * percent / 100)) for percent in PERCENTS]


def ranked(ordered, rank):
    for value, count in ordered:
        rank -= count
        if rank <= 0:
            return value
    return 0


def engagement(sessions, messages_each, duration_s, lists, pages):
    devices, browsers, referrers, conversions = lists
    return {
        "status": "success",
        "total_sessions": sessions,
        "device_distribution": counts(devices, "device"),
        "browser_distribution": counts(browsers, "browser"),
        "referrers": counts(referrers, "referrer"),
        "top_pages": counts(pages, "page"),
        "conversion_events": counts(conversions, "event"),
        "averages": {"messages_per_session": average(messages_each), "session_duration_seconds": average(duration_s)},
    }


def intents(rows):
    """From rows of (intent, triggers, success, average confidence, average response time)."""
    summary = [
        {
            "intent": intent,
            "triggers": triggers,
            "success": success,
            "failures": triggers - success,
            "success_rate": percent(success, triggers),
            "avg_confidence": average(confidence),
            "avg_response_time_ms": average(took_ms),
        }
        for intent, triggers, success, confidence, took_ms in sorted(rows, key=most_first)
    ]
    return {"status": "success", "intent_summary": summary, "total_intents": len(summary)}


def leads(days, packages, property_types):
    listed = by_day(days)
    return {
        "status": "success",
        "total_leads": sum(day["count"] for day in listed),
        "leads_by_day": listed,
        "leads_by_package": counts(packages, "package"),
        "leads_by_property_type": counts(property_types, "property_type"),
    }


def performance(endpoints, memory_mb, cpu_percent, hours):
    """From rows of (endpoint, requests, errors, average, largest, percentiles) and of (hour, requests)."""
    rows = [
        {
            "endpoint": endpoint,
            "request_count": requests,
            "avg_response_time_ms": average(mean),
            "max_response_time_ms": largest or 0,
            "p50_ms": p50,
            "p95_ms": p95,
            "p99_ms": p99,
            "error_count": errors,
            "error_rate": percent(errors, requests),
        }
        for endpoint, requests, errors, mean, largest, (p50, p95, p99) in sorted(endpoints, key=most_first)
    ]
    return {
        "status": "success",
        "endpoint_performance": rows,
        "resource_usage": {"avg_memory_mb": average(memory_mb), "avg_cpu_percent": average(cpu_percent)},
        "total_requests": sum(row["request_count"] for row in rows),
        "requests_by_hour": [{"hour": f"{hour:%Y-%m-%dT%H:%M:%S}.000Z", "count": count} for hour, count in sorted(hours)],
    }


def top_questions(window, rows, exchanges):
    listed = [
        {"question": question, "count": count, "percentage": percent(count, exchanges)} for question, count in rows
    ]
    return {"success": True, "data": {"period_days": window.days, "questions": listed}}


# NovaHouse's percentiles are within 1 % of the nearest rank. The generated times lie up to 8 % apart where percentiles
# fall, and engines differ by one rank, so that a right answer may be the next of them.
PERCENTILE_KEYS = {"p50", "p95", "p99", "p50_ms", "p95_ms", "p99_ms"}
PERCENTILE_TOLERANCE = 0.1
# Averages and rates have two decimals, of which the last may be rounded either way.
ROUNDING = 0.0101
# What only says when the answer was made, or in which order equals come.
UNORDERED = {"sentiment_distribution"}


def differences(theirs, ours, path=""):
    """Sentences on what of a peer's answer is not in ours. What only ours has is not compared: it does more."""
    if isinstance(theirs, dict):
        return [
            difference
            for key, value in theirs.items()
            for difference in compared(key, value, ours.get(key) if isinstance(ours, dict) else None, path)
        ]
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        return [
            difference
            for place, pair in enumerate(zip(theirs, ours, strict=True))
            for difference in differences(*pair, f"{path}[{place}]")
        ]
    same = abs(theirs - ours) < ROUNDING if is_fraction(theirs, ours) else theirs == ours
    return [] if same else [f"{path.lstrip('.')}: {theirs!r}, and NovaHouse has {ours!r}"]


def compared(key, theirs, ours, path):
    if key in PERCENTILE_KEYS and ours is not None:
        close = abs(theirs - ours) <= PERCENTILE_TOLERANCE * max(theirs, ours)
        return [] if close else [f"{path}.{key}: {theirs}, and NovaHouse has {ours}".lstrip(".")]
    if key in UNORDERED and ours is not None:
        theirs, ours = (sorted(rows, key=lambda row: sorted(map(str, row.values()))) for rows in (theirs, ours))
    return differences(theirs, ours, f"{path}.{key}")


def is_fraction(*values):
    return all(isinstance(value, int | float) for value in values) and any(isinstance(value, float) for value in values)
