"""jobs, the tables of users_db and jobs_db: accounts, tokens, sessions, companies, categories, jobs, their skills."""

from __future__ import annotations

import json

from tests.monolith import moments
from tests.monolith.awkward import NULL, escaped
from tests.monolith.draws import even, weighted
from tests.monolith.moments import BEGUN, DAY, ENDED
from tests.monolith.spread import partners
from tests.monolith.table import Chunk, Columns, idents
from tests.monolith.words import (
    AGENTS,
    CITIES,
    COMPANY_NAMES,
    FAMILY,
    GIVEN,
    SKILLS,
    TRADES,
    names,
    sentences,
)
from tests.monolith.world import PATTERN, World

MOSTLY = weighted({"t": 220, "f": 36})
DOMAINS = even(["example.org", "example.com", "mail.example.net", "EXAMPLE.org", "xn--bcher-kva.example"])
PLACES = names(CITIES, null=30)
ADDRESS_TABLE = even([f"198.51.100.{n}" for n in range(120)] + [f"2001:db8::{n:x}" for n in range(60)], (NULL, 20))
_SKILLS = [escaped(skill) for skill in SKILLS]


def members(w: World, chunk: Chunk, column: str) -> list[int]:
    """For rows that came one after the other: who of those who had joined; a few of them often."""
    people, total = w.sizes["users"], chunk.total
    return [
        number * number * (people * 3 // 5 + people * 2 * row // (5 * total) or 1) >> 64
        for row, number in zip(chunk.rows, chunk.numbers(column), strict=True)
    ]


_ROLES = weighted({"candidate": 220, "recruiter": 24, "company_admin": 10, "admin": 2})
_STATUS = weighted({"active": 210, "pending": 30, "suspended": 6, "deleted": 10})
_HEADLINES = sentences("headline", 2, 8, null=60)
_BIO = sentences("bio", 6, 50, null=90)
_PHONE = even([f"+49 30 {number * 7919 % 10000000:07}" for number in range(150)], (NULL, 106))
_SKILL_SETS = even(
    ["{" + ",".join(f'"{skill}"' for skill in _SKILLS[place : place + 1 + place % 7]) + "}" for place in range(54)],
    ("{}", 30),
)
_PROFILES = even(
    [
        json.dumps(
            {"years": place, "open": place % 3 == 0, "languages": ["en", None, "বাংলা"][: place % 4]}, ensure_ascii=False
        )
        for place in range(40)
    ],
    ("{}", 60),
)


def users(w: World, c: Chunk) -> Columns:
    joined = moments.joined(c.rows, c.total)
    seen = c.later("seen", joined)
    fractions = c.octets("fraction")
    given, family = c.pick("given", names(GIVEN)), c.pick("family", names(FAMILY))
    status = c.pick("status", _STATUS)
    files = c.digits("file", 16)
    at_last = moments.moments(seen, fractions)
    return {
        "id": idents(c.rows),
        "email": [f"Person.{row}@{end}" for row, end in zip(c.rows, c.pick("domain", DOMAINS), strict=True)],
        "password_hash": [f"$argon2id$v=19$m=65536,t=3,p=4${digits}" for digits in c.digits("password", 64)],
        "first_name": given,
        "last_name": family,
        "phone": c.pick("phone", _PHONE),
        "role": c.pick("role", _ROLES),
        "status": status,
        "headline": c.pick("headline", _HEADLINES),
        "bio": c.pick("bio", _BIO),
        "location": c.pick("location", PLACES),
        "resume_url": c.sparse("resume", [f"https://files.example/{file}.pdf" for file in files], 100),
        "avatar_url": c.sparse("avatar", [f"https://files.example/{file}.png" for file in files], 150),
        "skills": c.pick("skills", _SKILL_SETS),
        "profile": c.pick("profile", _PROFILES),
        "email_verified_at": c.sparse("verified", moments.moments([second + 600 for second in joined]), 40),
        "last_login_at": c.sparse("login", at_last, 30),
        "failed_logins": c.pick("failed", weighted({"0": 220, "1": 25, "5": 10, "32767": 1})),
        "locked_until": c.sparse("locked", moments.moments([second + 900 for second in seen]), 250),
        "deleted_at": [at if state == "deleted" else NULL for state, at in zip(status, at_last, strict=True)],
        "created_at": moments.moments(joined, fractions),
        "updated_at": at_last,
    }


_PURPOSES = weighted({"email_verify": 140, "password_reset": 80, "phone_verify": 20, "mfa": 16})


def user_verification_tokens(w: World, c: Chunk) -> Columns:
    expires = moments.moments([second + DAY for second in c.seconds])
    used = moments.moments([second + 300 for second in c.seconds])
    return {
        "id": idents(c.rows),
        "user_id": idents(members(w, c, "user")),
        "purpose": c.pick("purpose", _PURPOSES),
        "token_hash": [rf"\\x{digits}" for digits in c.digits("token", 64)],
        "expires_at": expires,
        "used_at": c.sparse("used", used, 60),
        "created_ip": c.pick("address", ADDRESS_TABLE),
        "created_at": moments.moments(c.seconds, c.octets("fraction")),
    }


_DEVICES = even(["{}", '{"os": "Linux", "app": "12.4"}', '{"os": "iOS", "push": null, "screen": [390, 844]}'])
_AGENTS = even(AGENTS, (NULL, 10), ("", 4))


def user_sessions(w: World, c: Chunk) -> Columns:
    expires = moments.moments([second + 30 * DAY for second in c.seconds])
    seen = moments.moments([second + octet * 3000 for second, octet in zip(c.seconds, c.octets("seen"), strict=True)])
    return {
        "id": idents(c.rows),
        "user_id": idents(members(w, c, "user")),
        "refresh_token_hash": [rf"\\x{digits}" for digits in c.digits("token", 64)],
        "ip_address": c.pick("address", ADDRESS_TABLE),
        "user_agent": c.pick("agent", _AGENTS),
        "device": c.pick("device", _DEVICES),
        "last_seen_at": c.sparse("seen", seen, 10),
        "expires_at": expires,
        "revoked_at": c.sparse("revoked", seen, 170),
        "created_at": moments.moments(c.seconds, c.octets("fraction")),
    }


_INDUSTRIES = names(["Software", "Textiles", "Health", "Logistics", "Education", "Energy", "Finance"], null=10)
_SIZES = even(["1-10", "11-50", "51-200", "201-1000", "1000+"], (NULL, 20))
_ABOUT = sentences("about", 10, 80, null=30)
_FACTS = even(
    [
        "{}",
        '{"benefits": ["bicycle", "pension"], "remote": true}',
        '{"ratings": {"glass": 4.25, "": null}}',
        '{"tags": []}',
    ]
)


def company_name(row: int) -> str:
    return f"{COMPANY_NAMES[row % len(COMPANY_NAMES)]} {row}"


def companies(w: World, c: Chunk) -> Columns:
    made = moments.moments(c.seconds, c.octets("fraction"))
    called = [company_name(row) for row in c.rows]
    slugs = [name.lower().replace(" ", "-") for name in called]
    return {
        "id": idents(c.rows),
        "owner_user_id": idents(members(w, c, "owner")),
        "name": called,
        "slug": slugs,
        "description": c.pick("about", _ABOUT),
        "website": c.sparse("website", [f"https://{slug}.example" for slug in slugs], 40),
        "industry": c.pick("industry", _INDUSTRIES),
        "size_range": c.pick("size", _SIZES),
        "founded_year": c.sparse("founded", [str(1850 + year) for year in c.below("founded", 175)], 30),
        "headquarters": c.pick("place", PLACES),
        "logo_url": c.sparse("logo", [f"https://files.example/{slug}.svg" for slug in slugs], 90),
        "is_verified": c.pick("verified", MOSTLY),
        "status": c.pick("status", weighted({"active": 230, "suspended": 8, "closed": 18})),
        "metadata": c.pick("facts", _FACTS),
        "created_at": made,
        "updated_at": made,
    }


# Name and slug of the first ones; the last four are below the first.
_CATEGORIES = (
    ("Engineering", "engineering"), ("Data and Analytics", "data"), ("Design", "design"),
    ("Product Management", "product"), ("Marketing", "marketing"), ("Sales", "sales"),
    ("Customer Support", "customer-support"), ("Finance and Accounting", "finance"),
    ("Human Resources", "human-resources"), ("Operations", "operations"), ("Healthcare", "healthcare"),
    ("Education", "education"), ("Backend", "backend"), ("Frontend", "frontend"), ("DevOps and SRE", "devops"),
    ("Mobile", "mobile"),
)  # fmt: skip


def job_categories(w: World, c: Chunk) -> Columns:
    known = len(_CATEGORIES)
    made = moments.moments([BEGUN + row * 60 for row in c.rows])
    return {
        "id": idents(c.rows),
        "parent_id": [NULL if row < 12 else idents([0 if row < known else row % 12])[0] for row in c.rows],
        "name": [_CATEGORIES[row][0] if row < known else f"Special field {row}" for row in c.rows],
        "slug": [_CATEGORIES[row][1] if row < known else f"special-field-{row}" for row in c.rows],
        "description": c.pick("about", _ABOUT),
        "sort_order": [str(10 * row + 10) for row in c.rows],
        "is_active": c.pick("active", MOSTLY),
        "created_at": made,
        "updated_at": made,
    }


def company_of(w: World, job: int) -> int:
    """Whose job it is: a few companies have many, and of those that were there."""
    drawn = w.patterns["companies"][job % PATTERN]
    there = 1 + (w.sizes["companies"] - 1) * job // w.sizes["jobs"]
    return drawn * drawn * there >> 16


def posted(w: World, job: int) -> int:
    """When, in seconds."""
    return BEGUN + job * (ENDED - BEGUN) // w.sizes["jobs"]


_EMPLOYMENT = even(["full_time", "full_time", "part_time", "contract", "internship", "temporary"])
_LEVELS = even(["entry", "mid", "senior", "lead", "executive"])
_OVER = weighted({"closed": 160, "archived": 60, "paused": 16, "draft": 20})
_OPEN = weighted({"published": 220, "draft": 26, "paused": 10})
_DUTIES = sentences("duties", 10, 70, null=40)
_DESCRIPTION = sentences("job", 20, 110)
_CURRENCIES = even(["USD", "EUR", "BDT", "GBP", "   "])


def jobs(w: World, c: Chunk) -> Columns:
    ended = [second + 60 * DAY < ENDED for second in c.seconds]
    status = [(_OVER if e else _OPEN)[octet] for e, octet in zip(ended, c.octets("status"), strict=True)]
    low = c.skewed("pay", 9_000)
    pay = c.octets("paid")
    out = moments.moments([second + 3600 for second in c.seconds])
    titles, grades = c.pick("title", names(TRADES)), c.pick("level", _LEVELS)
    return {
        "id": idents(c.rows),
        "company_id": idents([company_of(w, row) for row in c.rows]),
        "category_id": c.sparse("category", idents(c.skewed("category", w.sizes["job_categories"])), 20),
        "posted_by_user_id": idents(members(w, c, "by")),
        "title": [f"{grade.title()} {title}" for grade, title in zip(grades, titles, strict=True)],
        "slug": [f"{title.lower()}-{row}" for title, row in zip(titles, c.rows, strict=True)],
        "description": c.pick("description", _DESCRIPTION),
        "requirements": c.pick("requirements", _DUTIES),
        "responsibilities": c.pick("responsibilities", _DUTIES),
        "employment_type": c.pick("employment", _EMPLOYMENT),
        "work_mode": c.pick("mode", weighted({"onsite": 120, "remote": 80, "hybrid": 56})),
        "experience_level": grades,
        "location": c.pick("location", PLACES),
        "salary_min": [NULL if p < 90 else f"{number * 25}.00" for p, number in zip(pay, low, strict=True)],
        "salary_max": [NULL if p < 100 else f"{number * 25 + p * 50}.50" for p, number in zip(pay, low, strict=True)],
        "salary_currency": c.pick("currency", _CURRENCIES),
        "salary_period": c.pick("period", even(["year", "month", "hour"])),
        "openings": c.pick("openings", weighted({"1": 200, "2": 30, "10": 25, "2147483647": 1})),
        "status": status,
        "published_at": [NULL if s == "draft" else at for s, at in zip(status, out, strict=True)],
        "expires_at": c.sparse("expires", moments.moments([second + 60 * DAY for second in c.seconds]), 50),
        "metadata": c.pick("facts", _FACTS),
        "created_at": moments.moments(c.seconds, c.octets("fraction")),
        "updated_at": out,
    }


_GRADES = even(["beginner", "intermediate", "intermediate", "advanced", "expert"])


def job_skills(w: World, c: Chunk) -> Columns:
    spread, salt = w.spreads["job_skills"], w.salt("skills")
    of: list[int] = []
    which: list[int] = []
    for job, first, count in spread.runs(c.first, c.count):
        of += [job] * count
        which += partners(salt, job, first, count, whole=spread.count(job), among=len(_SKILLS))
    return {
        "id": idents(c.rows),
        "job_id": idents(of),
        "skill_name": [_SKILLS[number] for number in which],
        "level": c.pick("level", _GRADES),
        "is_required": c.pick("required", MOSTLY),
        "min_years": c.sparse("years", [str(years) for years in c.below("years", 12)], 90),
        "created_at": moments.moments([posted(w, job) for job in of]),
    }
