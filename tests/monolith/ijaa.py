"""The monolith of ijaa: how large its tables are, whose rows are whose, and what makes each."""

from __future__ import annotations

from collections.abc import Sequence

from tests.monolith import ijaa_activity, ijaa_events, ijaa_people
from tests.monolith.faults import Double, Services
from tests.monolith.ijaa_awkward import AWKWARD
from tests.monolith.table import Table
from tests.monolith.world import Make, World, pattern, shared_out, spread_over

_SHARES = {
    "users": 600, "admins": 2, "profiles": 560, "connections": 1100, "interests": 900, "experiences": 550,
    "announcements": 20, "reports": 70, "feature_flags": 0, "event_templates": 15, "recurring_events": 20,
    "events": 250, "event_participations": 2300, "event_invitations": 1200, "event_comments": 1000, "event_media": 350,
    "event_reminders": 650, "event_analytics": 500, "calendar_integrations": 60,
}  # fmt: skip
_LEAST = {
    "users": 60, "admins": 6, "profiles": 50, "interests": 40, "experiences": 40, "reports": 16, "feature_flags": 24,
    "event_templates": 14, "events": 25, "event_media": 24,
}  # fmt: skip
_MAKERS: dict[str, Make] = {
    name: getattr(module, name)
    for module in (ijaa_people, ijaa_events, ijaa_activity)
    for name in _SHARES
    if hasattr(module, name)
}


def world(key: str, rows: int) -> World:
    """`rows` in all, from 1,000."""
    sizes = shared_out(rows, _SHARES, _LEAST, rest="event_participations")
    people = sizes["users"]
    # Of those who were there when the first event was made, the busy apart.
    guests = people * 3 // 5 - people * 3 // 200 - 1
    # On the way half round the circle of all people.
    circle = (people - 1) // 2 - people // 80 - 1
    most = {
        "connections": ("users", min(circle, 4000)),
        "interests": ("users", 60),
        "experiences": ("users", 14),
        "event_participations": ("events", min(guests, 20_000)),
        "event_invitations": ("events", min(guests, 20_000)),
        "event_reminders": ("events", min(guests, 5_000)),
        "event_comments": ("events", 3_000),
        "event_media": ("events", 500),
        "event_analytics": ("events", 400),
    }
    spreads = {child: spread_over(key, sizes, child, parent, limit) for child, (parent, limit) in most.items()}
    return World(key, sizes, spreads, {name: pattern(key, name) for name in ("lead", "participations")})


def tables(made: World) -> list[Table]:
    def of(name: str) -> Table:
        maker = _MAKERS[name]
        return Table(name=name, rows=made.sizes[name], make=lambda c: maker(made, c), awkward=AWKWARD.get(name, {}))

    return [of(name) for name in _SHARES]


#: The tables of the services that the monolith is split into.
SERVICES: Services = {
    "ijaa_users": (
        "users", "admins", "profiles", "connections", "interests", "experiences", "announcements", "reports",
        "feature_flags",
    ),
    "ijaa_events": (
        "events", "event_participations", "event_invitations", "event_comments", "event_media", "event_reminders",
        "recurring_events", "event_templates", "event_analytics", "calendar_integrations",
    ),
}  # fmt: skip

DOUBLES: Sequence[Double] = (
    Double("users", "uq_users_email", {"email": "upper(a.email)"}, "true"),
    Double(
        "connections",
        "uq_connections_pair",
        {"requester_username": "a.receiver_username", "receiver_username": "a.requester_username"},
        "true",
    ),
    Double(
        "event_participations",
        "event_participations_participant_username_event_id_key",
        {"participant_username": "a.participant_username"},
        "b.event_id = a.event_id",
    ),
    Double("interests", "uq_interests_name", {"name": "upper(a.name)", "kind": "a.kind"}, "b.username = a.username"),
    Double("event_media", "uq_event_media_cover", {"is_cover": "true"}, "b.event_id = a.event_id AND a.is_cover"),
)
