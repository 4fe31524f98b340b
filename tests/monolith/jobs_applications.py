"""jobs, the tables of applications_db: applications, what is attached, interviews, and how their status changed."""

from __future__ import annotations

from tests.monolith import moments
from tests.monolith.awkward import NULL
from tests.monolith.draws import even, looked_up, weighted
from tests.monolith.jobs_people import company_of, posted
from tests.monolith.moments import DAY, ENDED
from tests.monolith.spread import partners
from tests.monolith.table import Chunk, Columns, idents
from tests.monolith.words import CITIES, ZONES, names, sentences
from tests.monolith.world import PATTERN, World

#: What an octet of an application's pattern means for its status, and how each status came about.
STATUS = weighted(
    {
        "rejected": 70,
        "submitted": 60,
        "under_review": 40,
        "shortlisted": 20,
        "interview": 20,
        "withdrawn": 18,
        "hired": 12,
        "offered": 8,
        "draft": 8,
    }
)
_SEEN = ("submitted", "under_review", "shortlisted", "interview", "offered", "hired")
WAYS = {
    **{status: _SEEN[: place + 1] for place, status in enumerate(_SEEN)},
    "draft": ("draft",),
    "rejected": ("submitted", "under_review", "rejected"),
    "withdrawn": ("submitted", "withdrawn"),
}
_DECIDED = {"hired", "offered", "rejected", "withdrawn"}


def applied(w: World, application: int, job: int | None = None) -> int:
    """When this application was made, in seconds: within 60 days after the job was posted."""
    if job is None:
        job = w.spreads["applications"].parent(application)
    return min(ENDED, posted(w, job) + 60 + w.patterns["applied"][application % PATTERN] * 20_000)


_LETTER = sentences("letter", 15, 90, null=110)
_ANSWERS = even(["{}", '{"notice": "3 months", "visa": false}', '{"salary": 52000.50, "why": ["team", null, ""]}'])
_SOURCES = even(["platform", "platform", "platform", "referral", "import", "api"])


def applications(w: World, c: Chunk) -> Columns:
    spread, salt, people = w.spreads["applications"], w.salt("applicants"), w.sizes["users"]
    of: list[int] = []
    companies: list[int] = []
    who: list[int] = []
    made: list[int] = []
    for job, first, count in spread.runs(c.first, c.count):
        row = c.first + len(of)
        of += [job] * count
        companies += [company_of(w, job)] * count
        among = moments.there(job, w.sizes["jobs"], people)
        who += partners(salt, job, first, count, whole=spread.count(job), among=among)
        made += [applied(w, one, job) for one in range(row, row + count)]
    status = looked_up(STATUS, w.pattern("applications", c.first, c.count))
    at = moments.moments(made, c.octets("fraction"))
    ended = moments.moments([second + 21 * DAY for second in made])
    return {
        "id": idents(c.rows),
        "job_id": idents(of),
        "company_id": idents(companies),
        "user_id": idents(who),
        "status": status,
        "cover_letter": c.pick("letter", _LETTER),
        "resume_url": c.sparse("resume", [f"https://files.example/{file}.pdf" for file in c.digits("file", 16)], 60),
        "answers": c.pick("answers", _ANSWERS),
        "source": c.pick("source", _SOURCES),
        "score": c.sparse("score", [f"{n // 100}.{n % 100:02}" for n in c.below("score", 10_001)], 120),
        "submitted_at": [NULL if s == "draft" else when for s, when in zip(status, at, strict=True)],
        "decided_at": [when if s in _DECIDED else NULL for s, when in zip(status, ended, strict=True)],
        "metadata": c.pick("metadata", _ANSWERS),
        "created_at": at,
        "updated_at": [when if s in _DECIDED else a for s, when, a in zip(status, ended, at, strict=True)],
    }


_KINDS = even(["resume", "resume", "resume", "cover_letter", "portfolio", "certificate", "other"])
_TYPES = even(["application/pdf", "application/pdf", "image/png", "application/msword", "text/plain; charset=utf-8"])


def application_attachments(w: World, c: Chunk) -> Columns:
    of: list[int] = []
    for application, _, count in w.spreads["application_attachments"].runs(c.first, c.count):
        of += [application] * count
    kinds = c.pick("kind", _KINDS)
    hashes = c.digits("hash", 64)
    return {
        "id": idents(c.rows),
        "application_id": idents(of),
        "kind": kinds,
        "file_name": [f"{kind}-{file[:6]}.pdf" for kind, file in zip(kinds, hashes, strict=True)],
        "content_type": c.pick("type", _TYPES),
        "size_bytes": [str(1 + number) for number in c.skewed("size", 20_971_520)],
        "storage_key": [f"applications/{row}/{file[:12]}" for row, file in zip(c.rows, hashes, strict=True)],
        "sha256": [rf"\\x{digits}" for digits in hashes],
        "created_at": moments.moments([applied(w, one) + 30 for one in of], c.octets("fraction")),
    }


_WAYS = even(["phone", "video", "video", "onsite", "technical", "hr"])
_OVER = weighted({"completed": 200, "cancelled": 30, "no_show": 26})
_AHEAD = weighted({"scheduled": 200, "rescheduled": 40, "cancelled": 16})
_FEEDBACK = sentences("feedback", 5, 60, null=80)


def interviews(w: World, c: Chunk) -> Columns:
    of: list[int] = []
    rounds: list[int] = []
    begun: list[int] = []
    for application, first, count in w.spreads["interviews"].runs(c.first, c.count):
        of += [application] * count
        rounds += range(first + 1, first + count + 1)
        begun += [applied(w, application) + (5 + 7 * place) * DAY for place in range(first, first + count)]
    status = [(_OVER if b < ENDED else _AHEAD)[o] for b, o in zip(begun, c.octets("status"), strict=True)]
    ratings = [str(1 + number) for number in c.below("rating", 5)]
    made = moments.moments([second - 3 * DAY for second in begun], c.octets("fraction"))
    return {
        "id": idents(c.rows),
        "application_id": idents(of),
        "interviewer_user_id": c.sparse("who", idents(c.skewed("who", w.sizes["users"])), 30),
        "round": map(str, rounds),
        "kind": c.pick("kind", _WAYS),
        "scheduled_at": moments.moments(begun),
        "duration_minutes": c.pick("minutes", even(["60", "60", "45", "30", "90", "5", "480"])),
        "timezone": c.pick("zone", even(ZONES)),
        "location": c.pick("place", names(CITIES, null=120)),
        "meeting_url": c.sparse("link", [f"https://meet.example/{code}" for code in c.digits("link", 12)], 80),
        "status": status,
        "feedback": c.pick("feedback", _FEEDBACK),
        "rating": [rating if s == "completed" else NULL for s, rating in zip(status, ratings, strict=True)],
        "created_at": made,
        "updated_at": made,
    }


_REASONS = sentences("reason", 2, 12, null=190)
_CONTEXT = even(["{}", "{}", '{"by": "rule", "rule": {"id": 7, "name": null}}', '{"client": "app/12"}'])


def application_status_history(w: World, c: Chunk) -> Columns:
    pattern = w.patterns["applications"]
    of: list[int] = []
    before: list[str] = []
    after: list[str] = []
    at: list[int] = []
    for application, first, count in w.spreads["application_status_history"].runs(c.first, c.count):
        way = WAYS[STATUS[pattern[application % PATTERN]]]
        of += [application] * count
        after += way[first : first + count]
        before += (NULL, *way)[first : first + count]
        since = applied(w, application)
        at += [since + place * 5 * DAY for place in range(first, first + count)]
    return {
        "id": idents(c.rows),
        "application_id": idents(of),
        "from_status": before,
        "to_status": after,
        "changed_by_user_id": c.sparse("who", idents(c.skewed("who", w.sizes["users"])), 100),
        "reason": c.pick("reason", _REASONS),
        "metadata": c.pick("metadata", _CONTEXT),
        "changed_at": moments.moments(at, c.octets("fraction")),
    }
