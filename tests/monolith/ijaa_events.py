"""ijaa, events themselves and who comes: templates, recurring events, events, participations, invitations."""

from __future__ import annotations

from array import array
from functools import cache
from itertools import accumulate, pairwise

from tests.monolith import moments
from tests.monolith.awkward import NULL
from tests.monolith.draws import even, looked_up, mixed, weighted
from tests.monolith.ijaa_people import FLAG, MOSTLY, usernames
from tests.monolith.moments import BEGUN, DAY, ENDED
from tests.monolith.spread import partners
from tests.monolith.table import Chunk, Columns, idents
from tests.monolith.words import CITIES, ZONES, names, sentences
from tests.monolith.world import PATTERN, World

_TYPES = even(["MEETING", "REUNION", "WORKSHOP", "WEBINAR", "NETWORKING", "SPORTS", "FUNDRAISER", "OTHER"])
_TITLES = sentences("event", 2, 9)
_TEXT = sentences("event text", 8, 60, null=20)
_CATEGORIES = even(["GENERAL", "GENERAL", "REUNION", "CAREER", "SPORTS"])
_SETTINGS = even(["{}", '{"reminders": [1440, 60]}', '{"catering": {"vegetarian": true, "seats": null}}', '{"": []}'])
_SYSTEM = (
    "Annual Reunion", "Batch Meetup", "Career Workshop", "Expert Webinar", "Networking Evening", "Sports Day",
    "Fundraising Dinner",
)  # fmt: skip

#: An octet of a participation below this means that the person comes, or came.
_COMES = 150
_BEFORE = tuple(
    "GOING" if octet < _COMES else ("MAYBE", "DECLINED", "WAITLISTED", "CANCELLED")[octet % 4] for octet in range(256)
)
_AFTER = tuple(
    "ATTENDED" if octet < _COMES else ("NO_SHOW", "DECLINED", "CANCELLED", "MAYBE")[octet % 4] for octet in range(256)
)


def created(w: World, event: int) -> int:
    """When this event was entered, in seconds."""
    return BEGUN + event * (ENDED - BEGUN) // w.sizes["events"]


def starts(w: World, event: int) -> int:
    """When it takes place: up to 66 days later, by day."""
    lead = w.patterns["lead"][event % PATTERN]
    return created(w, event) // DAY * DAY + (3 + lead // 4) * DAY + (8 + lead % 12) * 3600


def guests(w: World, event: int) -> int:
    """How many people were there to come to it."""
    return moments.there(event, w.sizes["events"], w.sizes["users"])


def creators(w: World, first: int, count: int) -> list[int]:
    """Who made these events."""
    salt, people, total = w.salt("creator"), w.sizes["users"], w.sizes["events"]
    drawn = [mixed(salt, event) >> 32 for event in range(first, first + count)]
    return [
        number * number * number * moments.there(event, total, people) >> 96
        for event, number in enumerate(drawn, first)
    ]


@cache
def _coming(period: bytes) -> array[int]:
    return array("I", [0, *accumulate(octet < _COMES for octet in period)])


def coming(w: World, row: int) -> int:
    """How many of the participations before `row` count."""
    counted = _coming(w.patterns["participations"])
    return row // PATTERN * counted[PATTERN] + counted[row % PATTERN]


def event_templates(w: World, c: Chunk) -> Columns:
    made = moments.moments(c.seconds)
    owners = usernames(c.skewed("owner", w.sizes["users"]))
    own = len(_SYSTEM)
    return {
        "id": idents(c.rows),
        "name": [
            _SYSTEM[row] if row < own else title for row, title in zip(c.rows, c.pick("name", _TITLES), strict=True)
        ],
        "category": c.pick("category", _CATEGORIES),
        "description": c.pick("description", _TEXT),
        "event_type": c.pick("type", _TYPES),
        "default_title": c.pick("title", sentences("default", 2, 6, null=80)),
        "default_duration_minutes": c.pick("duration", even(["60", "90", "120", "240", "480"])),
        "default_max_participants": c.pick("most", even(["10", "40", "200", "2147483647", NULL])),
        "defaults": c.pick("defaults", _SETTINGS),
        "is_public": c.pick("public", MOSTLY),
        "usage_count": map(str, c.skewed("used", 900)),
        "created_by_username": [NULL if row < own else owner for row, owner in zip(c.rows, owners, strict=True)],
        "created_at": made,
        "updated_at": made,
    }


_RECURRING = even(["WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY", "DAILY"])
_WEEKDAYS = even(["{1}", "{1,3,5}", "{6,7}", "{}", "{NULL}", "{1,NULL,7}", NULL])
_RULES = even(["FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=YEARLY", "", NULL])


def recurring_events(w: World, c: Chunk) -> Columns:
    begun = [second // DAY + 7 for second in c.seconds]
    ended = [day + 90 + more for day, more in zip(begun, c.below("days", 900), strict=True)]
    made = moments.moments(c.seconds)
    owners = [
        number * moments.there(row, c.total, w.sizes["users"]) >> 32
        for row, number in zip(c.rows, c.numbers("owner"), strict=True)
    ]
    return {
        "id": idents(c.rows),
        "title": c.pick("title", _TITLES),
        "template_id": c.sparse("template", idents(c.skewed("template", w.sizes["event_templates"])), 100),
        "recurrence_type": c.pick("type", _RECURRING),
        "recurrence_interval": c.pick("interval", weighted({"1": 200, "2": 40, "6": 10, "32767": 1})),
        "days_of_week": c.pick("weekdays", _WEEKDAYS),
        "day_of_month": c.sparse("day", [str(1 + day) for day in c.below("day", 31)], 128),
        "rrule": c.pick("rule", _RULES),
        "timezone": c.pick("zone", even(ZONES)),
        "start_date": moments.days(begun),
        "end_date": c.sparse("end", moments.days(ended), 120),
        "max_occurrences": c.pick("most", even(["10", "52", "2147483647", NULL])),
        "occurrences_created": map(str, c.skewed("created", 200)),
        "is_active": c.pick("active", MOSTLY),
        "created_by_username": usernames(owners),
        "created_at": made,
        "updated_at": made,
    }


_PRIVACY = weighted({"PUBLIC": 150, "ALUMNI_ONLY": 70, "INVITE_ONLY": 24, "PRIVATE": 12})
_PAST = weighted({"COMPLETED": 210, "CANCELLED": 20, "PUBLISHED": 16, "DRAFT": 10})
_COMING = weighted({"PUBLISHED": 200, "DRAFT": 40, "CANCELLED": 16})


def events(w: World, c: Chunk) -> Columns:
    spread = w.spreads["event_participations"]
    edges = [coming(w, spread.first(event)) for event in range(c.first, c.first + c.count + 1)]
    present = [after - before for before, after in pairwise(edges)]
    begun = [starts(w, event) for event in c.rows]
    ended = [start + 3600 * (1 + hours) for start, hours in zip(begun, c.below("hours", 10), strict=True)]
    past = [end < ENDED for end in ended]
    drawn = c.octets("status")
    people = usernames(creators(w, c.first, c.count))
    online = c.pick("online", FLAG)
    links = [f"https://meet.example/{digits}" for digits in c.digits("link", 12)]
    return {
        "id": idents(c.rows),
        "title": c.pick("title", _TITLES),
        "description": c.pick("description", _TEXT),
        "start_date": moments.moments(begun),
        "end_date": moments.moments(ended),
        "timezone": c.pick("zone", even(ZONES)),
        "is_online": online,
        "location": [
            NULL if o == "t" else place for o, place in zip(online, c.pick("place", names(CITIES)), strict=True)
        ],
        "meeting_link": [link if o == "t" else NULL for o, link in zip(online, links, strict=True)],
        "event_type": c.pick("type", _TYPES),
        "privacy": c.pick("privacy", _PRIVACY),
        "status": [(_PAST if p else _COMING)[octet] for p, octet in zip(past, drawn, strict=True)],
        "max_participants": [
            NULL if octet < 100 else str(number + octet) for octet, number in zip(drawn, present, strict=True)
        ],
        "current_participants": map(str, present),
        "organizer_name": c.sparse("organizer", people, 128),
        "organizer_email": c.sparse("email", [f"{who}@example.org" for who in people], 200),
        "created_by_username": people,
        "template_id": c.sparse("template", idents(c.skewed("template", w.sizes["event_templates"])), 150),
        "recurring_event_id": c.sparse("again", idents(c.skewed("again", w.sizes["recurring_events"])), 200),
        "metadata": c.pick("metadata", _SETTINGS),
        "created_at": moments.moments(c.seconds, c.octets("fraction")),
        "updated_at": moments.moments(c.later("updated", c.seconds), c.octets("fraction")),
    }


_NOTE = sentences("participation", 2, 14, null=200)


def event_participations(w: World, c: Chunk) -> Columns:
    spread, salt = w.spreads["event_participations"], w.salt("participations")
    drawn = w.pattern("participations", c.first, c.count)
    of: list[int] = []
    people: list[int] = []
    statuses: list[str] = []
    made: list[int] = []
    checked: list[int] = []
    numbers = c.numbers("made")
    for event, first, count in spread.runs(c.first, c.count):
        start, place = starts(w, event), len(of)
        of += [event] * count
        people += partners(salt, event, first, count, whole=spread.count(event), among=guests(w, event))
        statuses += looked_up(_AFTER if start + 10 * 3600 < ENDED else _BEFORE, drawn[place : place + count])
        since, span = created(w, event), min(start, ENDED) - created(w, event)
        made += [since + (number * span >> 32) for number in numbers[place : place + count]]
        checked += [start + octet * 5 for octet in drawn[place : place + count]]
    at = moments.moments(made, c.octets("fraction"))
    came = moments.moments(checked)
    return {
        "id": idents(c.rows),
        "event_id": idents(of),
        "participant_username": usernames(people),
        "status": statuses,
        "message": c.pick("message", _NOTE),
        "responded_at": at,
        "checked_in_at": [
            there if status == "ATTENDED" else NULL for status, there in zip(statuses, came, strict=True)
        ],
        "created_at": at,
        "updated_at": at,
    }


_INVITED = weighted({"ACCEPTED": 120, "PENDING": 70, "DECLINED": 30, "EXPIRED": 36})


def event_invitations(w: World, c: Chunk) -> Columns:
    spread, salt, total = w.spreads["event_invitations"], w.salt("invitations"), w.sizes["users"]
    of: list[int] = []
    invited: list[int] = []
    by: list[int] = []
    for event, first, count in spread.runs(c.first, c.count):
        guest = partners(salt, event, first, count, whole=spread.count(event), among=guests(w, event))
        (host,) = creators(w, event, 1)
        of += [event] * count
        invited += guest
        by += [host if one != host else (host + 1) % total for one in guest]
    made = [created(w, event) + 60 + octet * 400 for event, octet in zip(of, c.octets("made"), strict=True)]
    statuses = c.pick("status", _INVITED)
    answered = moments.moments([second + 7200 for second in made])
    at = moments.moments(made, c.octets("fraction"))
    return {
        "id": idents(c.rows),
        "event_id": idents(of),
        "invited_username": usernames(invited),
        "invited_by_username": usernames(by),
        "message": c.pick("message", _NOTE),
        "status": statuses,
        "is_read": c.pick("read", MOSTLY),
        "responded_at": [
            NULL if s in ("PENDING", "EXPIRED") else when for s, when in zip(statuses, answered, strict=True)
        ],
        "created_at": at,
        "updated_at": [at if s == "PENDING" else when for s, when, at in zip(statuses, answered, at, strict=True)],
    }
