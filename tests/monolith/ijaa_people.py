"""ijaa, the tables of ijaa_users: accounts, profiles, who knows whom, announcements, reports, flags."""

from __future__ import annotations

from collections.abc import Iterable

from tests.monolith import moments
from tests.monolith.awkward import NULL, escaped
from tests.monolith.draws import even, weighted
from tests.monolith.moments import BEGUN, DAY
from tests.monolith.spread import partners
from tests.monolith.table import Chunk, Columns, ident, idents
from tests.monolith.words import CITIES, COMPANY_NAMES, FACULTIES, FAMILY, GIVEN, SKILLS, TRADES, names, sentences
from tests.monolith.world import World

# As long and as short as the check allows, and what is only told apart by case.
ODD_USERNAMES = (
    "abc", "ABC", "Abc", "---", "...", "007", "null", "NULL", "undefined", "a-b_c.d", "x" * 50, "Z" + "-._" * 16 + "9",
)  # fmt: skip
_HANDLES = [
    f"{given}{'._-'[place % 3]}{family}" if place % 5 else f"{given}{family}".title()
    for place, (given, family) in enumerate(
        (given.lower(), family.lower())
        for given in GIVEN
        for family in FAMILY
        if given.isascii() and family.isascii() and family.isalpha()
    )
][:1021]
DOMAINS = even(["example.org", "example.com", "mail.example.net", "EXAMPLE.org", "xn--bcher-kva.example"])


def usernames(people: Iterable[int]) -> list[str]:
    handles, size, odd = _HANDLES, len(_HANDLES), ODD_USERNAMES
    return [f"{handles[one % size]}{one}" if one >= 12 else odd[one] for one in people]


def secret_hashes(chunk: Chunk) -> list[str]:
    return [f"$argon2id$v=19$m=65536,t=3,p=4${digits}" for digits in chunk.digits("password", 64)]


FLAG = weighted({"t": 128, "f": 128})
MOSTLY = weighted({"t": 220, "f": 36})
SELDOM = weighted({"f": 230, "t": 26})
_STATUS = weighted({"ACTIVE": 208, "PENDING": 26, "SUSPENDED": 6, "DEACTIVATED": 16})
_FAILED = weighted({"0": 220, "1": 20, "2": 10, "5": 5, "32767": 1})
_VERSIONS = weighted({"0": 180, "1": 50, "7": 20, "120": 5, "2147483647": 1})


def users(w: World, c: Chunk) -> Columns:
    joined = moments.joined(c.rows, c.total)
    fractions = c.octets("fraction")
    seen = c.later("seen", joined)
    people = usernames(c.rows)
    ends = c.pick("domain", DOMAINS)
    return {
        "id": idents(c.rows),
        "username": people,
        "email": [f"{who}.{row}@{end}" for who, row, end in zip(people, c.rows, ends, strict=True)],
        "password_hash": secret_hashes(c),
        "status": c.pick("status", _STATUS),
        "is_email_verified": c.pick("verified", MOSTLY),
        "failed_logins": c.pick("failed", _FAILED),
        "locked_until": c.sparse("locked", moments.moments([second + 900 for second in seen]), 250),
        "token_version": c.pick("version", _VERSIONS),
        "last_login_at": c.sparse("seen", moments.moments(seen, fractions), 20),
        "created_at": moments.moments(joined, fractions),
        "updated_at": moments.moments(seen, fractions),
    }


_ROLES = weighted({"ADMIN": 128, "MODERATOR": 120, "SUPER_ADMIN": 8})


def admins(w: World, c: Chunk) -> Columns:
    given, family = c.pick("given", names(GIVEN)), c.pick("family", names(FAMILY))
    return {
        "id": idents(c.rows),
        "name": [f"{one} {other}" for one, other in zip(given, family, strict=True)],
        "email": [f"admin.{row}@example.org" for row in c.rows],
        "password_hash": secret_hashes(c),
        "role": c.pick("role", _ROLES),
        "is_active": c.pick("active", MOSTLY),
        "last_login_at": c.sparse("seen", moments.moments(c.later("seen", c.seconds)), 60),
        "created_at": moments.moments(c.seconds),
        "updated_at": moments.moments(c.seconds),
    }


_BATCHES = even([str(year) for year in range(1972, 2025)], (NULL, 12), ("", 2), ("2004/05", 4))
_BIO = sentences("bio", 6, 40, null=60)
_PHONE = even([f"+880 17{number * 7919 % 100000000:08}" for number in range(180)], (NULL, 76))


def _addresses(c: Chunk, column: str, site: str, null: int) -> list[str]:
    return c.sparse(column, [f"https://{site}/{digits}" for digits in c.digits(column, 10)], null)


def profiles(w: World, c: Chunk) -> Columns:
    joined = moments.joined(c.rows, w.sizes["users"])
    fractions = c.octets("fraction")
    given, family = c.pick("given", names(GIVEN)), c.pick("family", names(FAMILY))
    return {
        "id": idents(c.rows),
        "username": usernames(c.rows),
        "name": [f"{one} {other}" for one, other in zip(given, family, strict=True)],
        "batch": c.pick("batch", _BATCHES),
        "department": c.pick("department", names(FACULTIES, null=20)),
        "profession": c.pick("profession", names(TRADES, null=40)),
        "location": c.pick("location", names(CITIES, null=40)),
        "bio": c.pick("bio", _BIO),
        "phone": c.pick("phone", _PHONE),
        "contact_email": c.sparse("contact", [f"contact.{row}@example.org" for row in c.rows], 128),
        "website": _addresses(c, "website", "home.example", 200),
        "linkedin_url": _addresses(c, "linkedin", "linkedin.example/in", 120),
        "facebook_url": _addresses(c, "facebook", "facebook.example", 160),
        "avatar_url": _addresses(c, "avatar", "media.example/avatars", 90),
        "cover_url": _addresses(c, "cover", "media.example/covers", 200),
        "show_phone": c.pick("show_phone", SELDOM),
        "show_email": c.pick("show_email", SELDOM),
        "show_linkedin": c.pick("show_linkedin", MOSTLY),
        "show_website": c.pick("show_website", MOSTLY),
        "show_facebook": c.pick("show_facebook", FLAG),
        "created_at": moments.moments(joined, fractions),
        "updated_at": moments.moments(c.later("updated", joined), fractions),
    }


_ANSWERS = weighted({"ACCEPTED": 180, "PENDING": 50, "REJECTED": 20, "BLOCKED": 6})
_NOTE = sentences("note", 2, 14, null=150)


def connections(w: World, c: Chunk) -> Columns:
    people, spread, salt = w.sizes["users"], w.spreads["connections"], w.salt("connections")
    asking: list[int] = []
    asked: list[int] = []
    for one, first, count in spread.runs(c.first, c.count):
        # At most half-way round the circle of all people: so nobody is asked by whom they have asked.
        away = partners(salt, one, first, count, whole=spread.count(one), among=(people - 1) // 2)
        asking += [one] * count
        asked += [(one + 1 + far) % people for far in away]
    both = list(map(max, asking, asked))
    made = c.later("made", moments.joined(both, people))
    answers = c.pick("status", _ANSWERS)
    answered = moments.moments(c.later("answered", made))
    return {
        "id": idents(c.rows),
        "requester_username": usernames(asking),
        "receiver_username": usernames(asked),
        "status": answers,
        "message": c.pick("message", _NOTE),
        "responded_at": [NULL if a == "PENDING" else at for a, at in zip(answers, answered, strict=True)],
        "created_at": moments.moments(made, c.octets("fraction")),
        "updated_at": [
            m if a == "PENDING" else at for a, at, m in zip(answers, answered, moments.moments(made), strict=True)
        ],
    }


_LEVELS = even(["BEGINNER", "INTERMEDIATE", "ADVANCED", "EXPERT"], (NULL, 100))
_SKILLS = [escaped(skill) for skill in SKILLS]


def interests(w: World, c: Chunk) -> Columns:
    spread, salt = w.spreads["interests"], w.salt("interests")
    people: list[int] = []
    which: list[int] = []
    for one, first, count in spread.runs(c.first, c.count):
        people += [one] * count
        which += partners(salt, one, first, count, whole=spread.count(one), among=2 * len(_SKILLS))
    return {
        "id": idents(c.rows),
        "username": usernames(people),
        "kind": ["SKILL" if number & 1 else "INTEREST" for number in which],
        "name": [_SKILLS[number >> 1] for number in which],
        "level": c.pick("level", _LEVELS),
        "created_at": moments.moments(
            c.later("created", moments.joined(people, w.sizes["users"])), c.octets("fraction")
        ),
    }


_EMPLOYED = even(
    ["FULL_TIME", "FULL_TIME", "PART_TIME", "CONTRACT", "INTERNSHIP", "FREELANCE", "VOLUNTEER"], (NULL, 30)
)
_DUTIES = sentences("duties", 5, 40, null=90)


def experiences(w: World, c: Chunk) -> Columns:
    people: list[int] = []
    begun: list[int] = []
    for one, first, count in w.spreads["experiences"].runs(c.first, c.count):
        people += [one] * count
        begun += [9_000 + one * 37 % 6_000 + place * 420 for place in range(first, first + count)]
    ended = [day + 30 + drawn for day, drawn in zip(begun, c.below("days", 1_200), strict=True)]
    created = moments.moments(c.later("created", moments.joined(people, w.sizes["users"])), c.octets("fraction"))
    return {
        "id": idents(c.rows),
        "username": usernames(people),
        "title": c.pick("title", names(TRADES)),
        "company": c.pick("company", names(COMPANY_NAMES)),
        "employment_type": c.pick("type", _EMPLOYED),
        "location": c.pick("location", names(CITIES, null=60)),
        "start_date": moments.days(begun),
        "end_date": c.sparse("ended", moments.days(ended), 70),
        "description": c.pick("description", _DUTIES),
        "created_at": created,
        "updated_at": created,
    }


_CATEGORIES = even(["GENERAL", "GENERAL", "REUNION", "CAREER", "SCHOLARSHIP", "OBITUARY"])
_PRIORITIES = weighted({"NORMAL": 180, "LOW": 40, "HIGH": 28, "URGENT": 8})
_TITLES = sentences("title", 2, 9)
_CONTENT = sentences("content", 20, 90)
_AUDIENCES = even(["{}", '{"batches": ["1998", "1999"]}', '{"roles": ["alumni"], "regions": [null, "", "EU"]}'])


def announcements(w: World, c: Chunk) -> Columns:
    published = [second + 3600 for second in c.seconds]
    expires = [second + DAY * (1 + days) for second, days in zip(published, c.below("days", 120), strict=True)]
    drafts = c.octets("draft")
    return {
        "id": idents(c.rows),
        "created_by_admin_id": idents(c.skewed("admin", w.sizes["admins"])),
        "title": c.pick("title", _TITLES),
        "content": c.pick("content", _CONTENT),
        "category": c.pick("category", _CATEGORIES),
        "priority": c.pick("priority", _PRIORITIES),
        "audience": c.pick("audience", _AUDIENCES),
        "is_active": c.pick("active", MOSTLY),
        "published_at": [NULL if d < 20 else at for d, at in zip(drafts, moments.moments(published), strict=True)],
        "expires_at": [NULL if d < 90 else at for d, at in zip(drafts, moments.moments(expires), strict=True)],
        "view_count": map(str, c.skewed("views", 50_000)),
        "created_at": moments.moments(c.seconds),
        "updated_at": moments.moments(published),
    }


_TARGETS = weighted({"USER": 90, "EVENT": 70, "EVENT_COMMENT": 60, "ANNOUNCEMENT": 16, "SYSTEM": 20})
_PROBLEMS = even(["SPAM", "ABUSE", "SAFETY", "COPYRIGHT", "BUG", "OTHER"])
_STATES = weighted({"RESOLVED": 120, "OPEN": 60, "DISMISSED": 50, "IN_REVIEW": 26})
_TEXT = sentences("report", 5, 40)


def reports(w: World, c: Chunk) -> Columns:
    kinds, states = c.pick("kind", _TARGETS), c.pick("status", _STATES)
    closed = moments.moments([second + 5 * DAY for second in c.seconds])

    def about(kind: str, values: Iterable[str]) -> list[str]:
        return [value if one == kind else NULL for one, value in zip(kinds, values, strict=True)]

    def where_closed(values: Iterable[str]) -> list[str]:
        return [v if s in ("RESOLVED", "DISMISSED") else NULL for s, v in zip(states, values, strict=True)]

    return {
        "id": idents(c.rows),
        "reporter_username": c.sparse("reporter", usernames(c.skewed("reporter", w.sizes["users"])), 20),
        "target_type": kinds,
        "target_username": about("USER", usernames(c.skewed("target", w.sizes["users"]))),
        "announcement_id": about("ANNOUNCEMENT", idents(c.skewed("announcement", w.sizes["announcements"]))),
        "event_id": about("EVENT", idents(c.skewed("event", w.sizes["events"]))),
        "event_comment_id": about("EVENT_COMMENT", idents(c.below("comment", w.sizes["event_comments"]))),
        "category": c.pick("category", _PROBLEMS),
        "description": c.pick("description", _TEXT),
        "attachment_url": _addresses(c, "attachment", "media.example/reports", 200),
        "status": states,
        "priority": c.pick("priority", _PRIORITIES),
        "assigned_admin_id": c.sparse("assigned", idents(c.skewed("admin", w.sizes["admins"])), 80),
        "resolution": where_closed(c.pick("resolution", _DUTIES)),
        "resolved_at": where_closed(closed),
        "created_at": moments.moments(c.seconds),
        "updated_at": closed,
    }


_FLAGS = (
    "user events user.registration user.connections user.announcements user.reports user.search events.creation "
    "events.participation events.invitations events.comments events.media events.reminders events.recurring "
    "events.templates events.analytics events.calendar_sync"
)


def feature_flags(w: World, c: Chunk) -> Columns:
    known = dict(enumerate(_FLAGS.split()))
    flags = [known.get(row, f"experiment.{row}") for row in c.rows]
    parents = {"user": str(ident(0)), "events": str(ident(1))}
    created = moments.moments([BEGUN + row * DAY for row in c.rows])
    return {
        "id": idents(c.rows),
        "name": flags,
        "display_name": [flag.replace(".", " ").title() for flag in flags],
        "description": c.pick("description", _DUTIES),
        "parent_id": [parents.get(flag.rpartition(".")[0], NULL) for flag in flags],
        "is_enabled": c.pick("enabled", MOSTLY),
        "rollout_percentage": map(str, c.below("rollout", 101)),
        "audience": c.pick("audience", _AUDIENCES),
        "updated_by_admin_id": c.sparse("admin", idents(c.skewed("admin", w.sizes["admins"])), 100),
        "created_at": created,
        "updated_at": created,
    }
