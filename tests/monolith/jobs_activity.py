"""jobs, the tables of search_db, notifications_db and analytics_db: what is found, what is told, what is counted."""

from __future__ import annotations

import json

from tests.monolith import moments
from tests.monolith.awkward import NULL
from tests.monolith.draws import even, looked_up, weighted
from tests.monolith.jobs_people import ADDRESS_TABLE, MOSTLY, company_name, company_of, members, posted
from tests.monolith.moments import BEGUN, DAY
from tests.monolith.spread import partners
from tests.monolith.table import Chunk, Columns, ident, idents
from tests.monolith.words import AGENTS, SKILLS, TRADES, ZONES, names, sentences
from tests.monolith.world import World

_BODIES = sentences("body", 10, 60)
_KEYWORDS = even(["{}", "{python,sql}", '{"two words","quote \\\\" inside",NULL}', '{remote,"",berlin}', "{go}"])
_FILTERS = even(
    [json.dumps({"level": place % 4, "modes": ["remote", "onsite"][: place % 3]}) for place in range(30)]
    + ['{}', '{"city": "København", "pay": {"from": 30000, "to": null}}']
)  # fmt: skip
_KINDS = ("job", "company", "user")


def search_indexes(w: World, c: Chunk) -> Columns:
    jobs, firms = w.sizes["jobs"], w.sizes["companies"]
    kinds = [0 if row < jobs else 1 if row < jobs + firms else 2 for row in c.rows]
    of = [row - (0, jobs, jobs + firms)[kind] for kind, row in zip(kinds, c.rows, strict=True)]
    titles = c.pick("title", names(TRADES))
    return {
        "id": idents(c.rows),
        "entity_type": [_KINDS[kind] for kind in kinds],
        "entity_id": idents(of),
        "title": [company_name(row) if k == 1 else t for k, row, t in zip(kinds, of, titles, strict=True)],
        "body": c.pick("body", _BODIES),
        "keywords": c.pick("keywords", _KEYWORDS),
        "filters": c.pick("filters", _FILTERS),
        "boost": c.pick("boost", weighted({"1": 200, "0.5": 30, "2.25": 20, "10": 6})),
        "is_active": c.pick("active", MOSTLY),
        "source_version": map(str, c.skewed("version", 900)),
        "indexed_at": moments.moments(c.seconds, c.octets("fraction")),
    }


_QUERIES = names([f"{skill} {trade}" for skill in SKILLS[:16] for trade in TRADES[:15]])
_ENTITY = even(["job"] * 8 + ["company", "user"], (NULL, 60))


def search_history(w: World, c: Chunk) -> Columns:
    clicked = c.octets("clicked")
    results = c.skewed("results", 3_000)
    hits = idents(c.skewed("hit", min(w.sizes["companies"], w.sizes["jobs"])))
    return {
        "id": idents(c.rows),
        "user_id": c.sparse("user", idents(members(w, c, "user")), 70),
        "session_key": c.sparse("session", c.digits("session", 32), 20),
        "entity_type": c.pick("entity", _ENTITY),
        "query_text": c.pick("query", _QUERIES),
        "filters": c.pick("filters", _FILTERS),
        "results_count": map(str, results),
        "clicked_entity_id": [hit if o < 90 and n else NULL for o, n, hit in zip(clicked, results, hits, strict=True)],
        "clicked_position": [str(o % 10 + 1) if o < 90 and n else NULL for o, n in zip(clicked, results, strict=True)],
        "duration_ms": map(str, c.skewed("duration", 4_000)),
        "searched_at": moments.moments(c.seconds, c.octets("fraction")),
    }


def search_analytics(w: World, c: Chunk) -> Columns:
    # So many queries a day that the days do not go far beyond those of the other tables.
    a_day = max(5, c.total // 3_000 + 1)
    searches = c.skewed("searches", 5_000)
    share = c.octets("share")
    return {
        "id": idents(c.rows),
        "day": moments.days([BEGUN // DAY + row // a_day for row in c.rows]),
        "entity_type": [("all", "job", "company")[row % a_day % 3] for row in c.rows],
        "query_normalized": [f"{SKILLS[row % a_day % 60].lower()} {row % a_day}" for row in c.rows],
        "searches": map(str, searches),
        "zero_results": [str(number * octet >> 9) for number, octet in zip(searches, share, strict=True)],
        "clicks": [str(number * octet >> 8) for number, octet in zip(searches, share, strict=True)],
        "avg_duration_ms": c.sparse("mean", [f"{n // 100}.{n % 100:02}" for n in c.skewed("mean", 90_000)], 10),
        "p95_duration_ms": c.sparse("p95", [f"{n // 100}.{n % 100:02}" for n in c.skewed("p95", 900_000)], 10),
        "avg_click_position": c.sparse("place", [f"{n // 100}.{n % 100:02}" for n in c.below("place", 1_000)], 60),
        "metadata": c.pick("metadata", _FILTERS),
    }


_CODES = (
    ("user.verify_email", "email"), ("user.password_reset", "email"), ("application.received", "email"),
    ("application.status_changed", "email"), ("application.status_changed", "in_app"),
    ("interview.scheduled", "email"), ("interview.reminder", "push"), ("job.new_applicant", "in_app"),
    ("job.expiring", "email"), ("job.alert", "email"),
)  # fmt: skip
_LOCALES = ("en", "de", "bn", "pt-BR", "zh-Hant")


def notification_templates(w: World, c: Chunk) -> Columns:
    codes = [_CODES[row % 10] for row in c.rows]
    versions = [1 + row // 50 for row in c.rows]
    made = moments.moments([BEGUN + row * 3600 + octet for row, octet in zip(c.rows, c.octets("made"), strict=True)])
    return {
        "id": idents(c.rows),
        "code": [code for code, _ in codes],
        "channel": [channel for _, channel in codes],
        "locale": [_LOCALES[row // 10 % 5] for row in c.rows],
        "version": map(str, versions),
        "subject": [f"{{{{name}}}}: {code}" if channel == "email" else NULL for code, channel in codes],
        "body": [f"{{{{name}}}}, there is news of {{{{title}}}} ({code})." for code, _ in codes],
        "variables": ['["name", "title"]'] * c.count,
        "is_active": ["t" if version == 1 else "f" for version in versions],
        "created_at": made,
        "updated_at": made,
    }


_NOTICES = sentences("notice", 2, 8)
_MESSAGES = sentences("message", 6, 30)
_CHANNELS = even(["email", "email", "in_app", "in_app", "push", "sms"])
_TYPES = even([code for code, _ in _CODES])
_ABOUT = even(["job"] * 4 + ["application"] * 6 + ["interview"] * 2 + ["company"], (NULL, 80))
_STATES = weighted({"read": 110, "delivered": 60, "sent": 50, "failed": 14, "queued": 10, "cancelled": 9, "sending": 3})
_STEPS = {state: place for place, state in enumerate(("sent", "delivered", "read"), 1)}
_CONTEXT = even([json.dumps({"campaign": place, "tags": ["a", None][: place % 3]}) for place in range(24)] + ["{}"] * 8)
_TABLES = {"job": "jobs", "application": "applications", "interview": "interviews", "company": "companies"}
_ERRORS = even(["550 mailbox unavailable", "timeout\\nafter 30 s", ""], (NULL, 240))


def notifications(w: World, c: Chunk) -> Columns:
    states, kinds = c.pick("status", _STATES), c.pick("about", _ABOUT)
    steps = [_STEPS.get(state, 0) for state in states]
    sizes = {kind: w.sizes[table] for kind, table in _TABLES.items()}
    drawn = c.numbers("entity")
    templates = c.below("template", w.sizes["notification_templates"])
    without = [octet < 30 for octet in c.octets("template?")]
    channels = c.pick("channel", _CHANNELS)
    at = moments.moments(c.seconds, c.octets("fraction"))
    soon = moments.moments([second + 2 for second in c.seconds])
    after = moments.moments([second + 5400 for second in c.seconds])
    return {
        "id": idents(c.rows),
        "user_id": idents(members(w, c, "user")),
        "template_id": [NULL if none else one for none, one in zip(without, idents(templates), strict=True)],
        # A template is of one channel, and what it made goes that way.
        "channel": [
            way if none else _CODES[template % 10][1]
            for none, way, template in zip(without, channels, templates, strict=True)
        ],
        "type": c.pick("type", _TYPES),
        "title": c.pick("title", _NOTICES),
        "body": c.pick("body", _MESSAGES),
        "metadata": c.pick("metadata", _CONTEXT),
        "entity_type": kinds,
        "entity_id": [NULL if k == NULL else str(ident(sizes[k] * n >> 32)) for k, n in zip(kinds, drawn, strict=True)],
        "priority": c.pick("priority", weighted({"5": 220, "1": 16, "9": 20})),
        "status": states,
        "attempts": looked_up(("0", "1", "1", "1"), steps),
        "last_error": c.pick("error", _ERRORS),
        "provider_message_id": c.sparse("provider", c.digits("provider", 24), 120),
        "scheduled_at": at,
        "sent_at": [when if step else NULL for step, when in zip(steps, soon, strict=True)],
        "delivered_at": [when if step > 1 else NULL for step, when in zip(steps, soon, strict=True)],
        "read_at": [when if step > 2 else NULL for step, when in zip(steps, after, strict=True)],
        "created_at": at,
        "updated_at": soon,
    }


_TOPICS = ("account", "alerts", "applications", "interviews", "jobs", "news", "offers", "reminders", "security", "tips")
_WAYS = ("email", "sms", "push", "in_app")


def user_notification_preferences(w: World, c: Chunk) -> Columns:
    spread, salt = w.spreads["user_notification_preferences"], w.salt("preferences")
    of: list[int] = []
    which: list[int] = []
    for one, first, count in spread.runs(c.first, c.count):
        of += [one] * count
        which += partners(salt, one, first, count, whole=spread.count(one), among=40)
    quiet = c.octets("quiet")
    made = moments.moments(c.later("made", moments.joined(of, w.sizes["users"])))
    return {
        "id": idents(c.rows),
        "user_id": idents(of),
        "channel": [_WAYS[number % 4] for number in which],
        "category": [_TOPICS[number // 4] for number in which],
        "is_enabled": c.pick("enabled", MOSTLY),
        "frequency": c.pick("frequency", even(["instant", "instant", "daily", "weekly"])),
        "quiet_from": [NULL if octet < 180 else f"{18 + octet % 6}:30:00" for octet in quiet],
        "quiet_to": [NULL if octet < 180 else f"0{octet % 9}:15:00.5" for octet in quiet],
        "timezone": c.pick("zone", even(ZONES)),
        "created_at": made,
        "updated_at": made,
    }


_EVENTS = even(
    ["job.view"] * 9 + ["search.run"] * 4 + ["user.login"] * 3 + ["job.saved", "application.submitted", "page.view"]
)
_SERVICES = even(["web", "web", "app", "api"])
_PROPERTIES = even(
    [json.dumps({"page": f"/jobs/{place}", "ms": place * 7, "ab": [None, True][: place % 3]}) for place in range(60)]
    + ['{}', '{"utm": {"source": "", "medium": null}}']
)  # fmt: skip
_AGENTS = even(AGENTS, (NULL, 20))


def analytics_events(w: World, c: Chunk) -> Columns:
    total = w.sizes["jobs"]
    jobs = [
        number * (1 + (total - 1) * row // c.total) >> 32 for row, number in zip(c.rows, c.numbers("job"), strict=True)
    ]
    about = c.octets("about")
    digits = c.digits("event", 30)
    firms = [ident(company_of(w, job)) if octet < 160 else 0 for job, octet in zip(jobs, about, strict=True)]
    return {
        "id": idents(c.rows),
        "event_id": [f"{text[:12]}4{text[12:15]}a{text[15:]}" for text in digits],
        "event_name": c.pick("name", _EVENTS),
        "source_service": c.pick("source", _SERVICES),
        "user_id": c.sparse("user", idents(members(w, c, "user")), 80),
        "job_id": [job if octet < 170 else NULL for job, octet in zip(idents(jobs), about, strict=True)],
        "company_id": [str(firm) if firm else NULL for firm in firms],
        "application_id": c.sparse("application", idents(c.below("application", w.sizes["applications"])), 240),
        "session_key": c.sparse("session", c.digits("session", 24), 30),
        "properties": c.pick("properties", _PROPERTIES),
        "ip_address": c.pick("address", ADDRESS_TABLE),
        "user_agent": c.pick("agent", _AGENTS),
        "occurred_at": moments.moments(c.seconds, c.octets("fraction")),
        "received_at": moments.moments([second + 1 for second in c.seconds]),
    }


_METRICS = even(["{}", "{}", '{"minutes": 12.5, "devices": ["web", null]}'])


def user_analytics(w: World, c: Chunk) -> Columns:
    of: list[int] = []
    on: list[int] = []
    for one, first, count in w.spreads["user_analytics"].runs(c.first, c.count):
        (joined,) = moments.joined((one,), w.sizes["users"])
        of += [one] * count
        on += range(joined // DAY + first, joined // DAY + first + count)
    active = moments.moments([day * DAY + octet * 300 for day, octet in zip(on, c.octets("active"), strict=True)])
    few = {name: map(str, c.skewed(name, 30)) for name in ("logins", "searches", "job_views", "applications")}
    return {
        "id": idents(c.rows),
        "user_id": idents(of),
        "day": moments.days(on),
        **few,
        "last_active_at": c.sparse("active", active, 30),
        "metrics": c.pick("metrics", _METRICS),
    }


def job_analytics(w: World, c: Chunk) -> Columns:
    of: list[int] = []
    firms: list[int] = []
    on: list[int] = []
    for job, first, count in w.spreads["job_analytics"].runs(c.first, c.count):
        since = posted(w, job) // DAY
        of += [job] * count
        firms += [company_of(w, job)] * count
        on += range(since + first, since + first + count)
    views = c.skewed("views", 900)
    return {
        "id": idents(c.rows),
        "job_id": idents(of),
        "company_id": c.sparse("company", idents(firms), 10),
        "day": moments.days(on),
        "views": map(str, views),
        "unique_viewers": [str(n * (1 + octet) >> 8) for n, octet in zip(views, c.octets("unique"), strict=True)],
        "applications": map(str, c.skewed("applications", 20)),
        "saves": map(str, c.skewed("saves", 20)),
        "metrics": c.pick("metrics", _METRICS),
    }


_MEASURES = ("users.active", "jobs.open", "applications.new", "searches", "errors", "revenue")


def platform_analytics(w: World, c: Chunk) -> Columns:
    a_day = max(len(_MEASURES), c.total // 3_000 + 1)
    days = [BEGUN // DAY + row // a_day for row in c.rows]
    places = [row % a_day for row in c.rows]
    return {
        "id": idents(c.rows),
        "day": moments.days(days),
        "metric": [_MEASURES[place % 6] for place in places],
        "dimension": ["all" if place < 6 else f"region {place // 6}" for place in places],
        "value": [f"{number - 500_000}.{number % 10_000:04}" for number in c.below("value", 2_000_000)],
        "metadata": c.pick("metadata", _METRICS),
        "computed_at": moments.moments([(day + 1) * DAY + 3600 for day in days]),
    }
