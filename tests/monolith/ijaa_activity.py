"""ijaa, what happens around events: comments, media, reminders, daily figures, calendars."""

from __future__ import annotations

from tests.monolith import moments
from tests.monolith.awkward import NULL
from tests.monolith.draws import even, weighted
from tests.monolith.ijaa_events import created, guests, starts
from tests.monolith.ijaa_people import MOSTLY, SELDOM, usernames
from tests.monolith.moments import DAY, ENDED
from tests.monolith.spread import partners
from tests.monolith.table import Chunk, Columns, idents
from tests.monolith.words import filled, sentences
from tests.monolith.world import World

_COMMENT = filled(sentences("comment", 2, 30, awkward=20))
_MOSTLY_NOT = weighted({"f": 250, "t": 6})


def event_comments(w: World, c: Chunk) -> Columns:
    of: list[int] = []
    made: list[int] = []
    authors: list[int] = []
    parents: list[str] = []
    numbers, drawn = c.numbers("author"), c.octets("parent")
    for event, first, count in w.spreads["event_comments"].runs(c.first, c.count):
        place, limit, since = len(of), guests(w, event), created(w, event)
        of += [event] * count
        made += [since + (first + one) * 900 for one in range(count)]
        authors += [number * number * limit >> 64 for number in numbers[place : place + count]]
        # An answer is to an earlier comment on the same event.
        parents += [
            NULL if octet < 170 or first + one == 0 else str_ident(c.first + place + one - 1 - octet % (first + one))
            for one, octet in enumerate(drawn[place : place + count])
        ]
    at = moments.moments(made, c.octets("fraction"))
    return {
        "id": idents(c.rows),
        "event_id": idents(of),
        "author_username": usernames(authors),
        "parent_comment_id": parents,
        "content": c.pick("content", _COMMENT),
        "likes": map(str, c.skewed("likes", 120)),
        "is_edited": c.pick("edited", SELDOM),
        "is_deleted": c.pick("deleted", _MOSTLY_NOT),
        "created_at": at,
        "updated_at": at,
    }


def str_ident(row: int) -> str:
    return idents((row,))[0]


_MEDIA = even(["IMAGE"] * 12 + ["VIDEO", "DOCUMENT", "DOCUMENT", "LINK"])
_MIME = {"IMAGE": "image/jpeg", "VIDEO": "video/mp4", "DOCUMENT": "application/pdf", "LINK": NULL}
_CAPTION = sentences("caption", 2, 10, null=120)


def event_media(w: World, c: Chunk) -> Columns:
    of: list[int] = []
    covers: list[str] = []
    made: list[int] = []
    for event, first, count in w.spreads["event_media"].runs(c.first, c.count):
        of += [event] * count
        covers += ["t" if place == 0 else "f" for place in range(first, first + count)]
        made += [min(starts(w, event) + place * 60, ENDED) for place in range(first, first + count)]
    limits = [guests(w, event) for event in of]
    kinds = c.pick("type", _MEDIA)
    digits = c.digits("url", 24)
    sizes = [str(1 + number) for number in c.skewed("size", 40_000_000)]
    at = moments.moments(made, c.octets("fraction"))
    return {
        "id": idents(c.rows),
        "event_id": idents(of),
        "uploaded_by_username": usernames([n * limit >> 32 for n, limit in zip(c.numbers("by"), limits, strict=True)]),
        "media_type": kinds,
        "url": [f"https://media.example/{place}" for place in digits],
        "file_name": [
            NULL if kind == "LINK" else f"{place[:8]}.bin" for kind, place in zip(kinds, digits, strict=True)
        ],
        "mime_type": [_MIME[kind] for kind in kinds],
        "size_bytes": [NULL if kind == "LINK" else size for kind, size in zip(kinds, sizes, strict=True)],
        "caption": c.pick("caption", _CAPTION),
        "is_cover": covers,
        "is_approved": c.pick("approved", MOSTLY),
        "created_at": at,
        "updated_at": at,
    }


_CHANNELS = even(["EMAIL", "EMAIL", "PUSH", "IN_APP", "SMS"])
_FAILURES = even(["timeout after 30 s", "mailbox full\\n550 5.2.2", ""], (NULL, 230))


def event_reminders(w: World, c: Chunk) -> Columns:
    spread, salt = w.spreads["event_reminders"], w.salt("reminders")
    of: list[int] = []
    people: list[int] = []
    due: list[int] = []
    for event, first, count in spread.runs(c.first, c.count):
        of += [event] * count
        people += partners(salt, event, first, count, whole=spread.count(event), among=guests(w, event))
        due += [starts(w, event) - DAY] * count
    sent = moments.moments([second + 5 for second in due])
    return {
        "id": idents(c.rows),
        "event_id": idents(of),
        "username": usernames(people),
        "channel": c.pick("channel", _CHANNELS),
        "remind_at": moments.moments(due),
        "sent_at": [at if second < ENDED else NULL for at, second in zip(sent, due, strict=True)],
        "attempts": c.pick("attempts", weighted({"1": 200, "0": 30, "3": 20, "32767": 1})),
        "last_error": c.pick("error", _FAILURES),
        "created_at": moments.moments([created(w, event) for event in of], c.octets("fraction")),
    }


_BREAKDOWN = even(["{}", '{"mobile": 0.75, "desktop": 0.25}', '{"referrers": {"mail": 12, "": null}}'])


def event_analytics(w: World, c: Chunk) -> Columns:
    of: list[int] = []
    on: list[int] = []
    for event, first, count in w.spreads["event_analytics"].runs(c.first, c.count):
        of += [event] * count
        since = created(w, event) // DAY + first
        on += range(since, since + count)
    views = c.skewed("views", 4_000)
    few = {name: map(str, c.skewed(name, 60)) for name in ("invitations", "registrations", "cancellations")}
    more = {name: map(str, c.skewed(name, 40)) for name in ("attendances", "comments", "media", "shares")}
    return {
        "id": idents(c.rows),
        "event_id": idents(of),
        "day": moments.days(on),
        "views": map(str, views),
        "unique_views": [
            str(number * (1 + octet) >> 8) for number, octet in zip(views, c.octets("unique"), strict=True)
        ],
        **few,
        **more,
        "breakdown": c.pick("breakdown", _BREAKDOWN),
        "computed_at": moments.moments([(day + 1) * DAY + 7200 for day in on]),
    }


_PROVIDERS = even(["GOOGLE", "GOOGLE", "OUTLOOK", "APPLE", "CALDAV", "ICAL"])
_DIRECTIONS = even(["PUSH", "PULL", "BOTH"])
_KEYS = even(["key-2021-01", "key-2023-07", "kms:alias/ijaa"])


def calendar_integrations(w: World, c: Chunk) -> Columns:
    people = c.skewed("who", w.sizes["users"])
    made = c.later("made", moments.joined(people, w.sizes["users"]))
    without = c.octets("token")
    expires = moments.moments([second + 3600 for second in made])

    def token(column: str, below: int) -> list[str]:
        return [NULL if o < below else rf"\\x{digits}" for o, digits in zip(without, c.digits(column, 96), strict=True)]

    at = moments.moments(made, c.octets("fraction"))
    return {
        "id": idents(c.rows),
        "username": usernames(people),
        "provider": c.pick("provider", _PROVIDERS),
        "external_calendar_id": [f"cal-{row}@calendar.example" for row in c.rows],
        "access_token_enc": token("access", 40),
        "refresh_token_enc": token("refresh", 90),
        "key_id": [NULL if o < 40 else key for o, key in zip(without, c.pick("key", _KEYS), strict=True)],
        "token_expires_at": [NULL if o < 40 else when for o, when in zip(without, expires, strict=True)],
        "sync_direction": c.pick("direction", _DIRECTIONS),
        "is_enabled": c.pick("enabled", MOSTLY),
        "last_synced_at": c.sparse("synced", expires, 60),
        "last_error": c.pick("error", _FAILURES),
        "settings": c.pick("settings", _BREAKDOWN),
        "created_at": at,
        "updated_at": at,
    }
