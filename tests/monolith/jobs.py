"""The monolith of jobs: how large its tables are, whose rows are whose, and what makes each."""

from __future__ import annotations

from collections.abc import Sequence

from tests.monolith import jobs_activity, jobs_applications, jobs_people
from tests.monolith.faults import Double, Services
from tests.monolith.jobs_applications import STATUS, WAYS
from tests.monolith.jobs_awkward import AWKWARD
from tests.monolith.spread import Spread
from tests.monolith.table import Table
from tests.monolith.world import Make, World, pattern, shared_out, spread_over

_SHARES = {
    "users": 400, "user_verification_tokens": 300, "user_sessions": 600, "companies": 45, "job_categories": 3,
    "jobs": 200, "job_skills": 550, "applications": 600, "application_attachments": 400, "interviews": 130,
    "application_status_history": 0, "search_indexes": 250, "search_history": 700, "search_analytics": 220,
    "notification_templates": 5, "notifications": 3177, "user_notification_preferences": 300,
    "analytics_events": 1500, "user_analytics": 300, "job_analytics": 250, "platform_analytics": 70,
}  # fmt: skip
_LEAST = {
    "users": 40, "user_verification_tokens": 25, "user_sessions": 40, "companies": 14, "job_categories": 20, "jobs": 22,
    "job_skills": 45, "applications": 60, "application_attachments": 36, "application_status_history": 0,
    "search_indexes": 40, "search_history": 50, "notification_templates": 22, "user_notification_preferences": 25,
    "user_analytics": 25, "job_analytics": 20,
}  # fmt: skip
_MAKERS: dict[str, Make] = {
    name: getattr(module, name)
    for module in (jobs_people, jobs_applications, jobs_activity)
    for name in _SHARES
    if hasattr(module, name)
}


def world(key: str, rows: int) -> World:
    """`rows` in all, from 1,000."""
    patterns = {name: pattern(key, name) for name in ("companies", "applied", "applications")}
    sizes = shared_out(rows, _SHARES, _LEAST, rest="notifications")
    # Each application came to its status in so many steps.
    steps = [len(WAYS[STATUS[octet]]) for octet in patterns["applications"]]
    history = Spread(steps, parents=sizes["applications"])
    sizes["application_status_history"] = history.rows
    sizes["notifications"] -= history.rows
    # Of those who were there when the first job was posted, the busy apart.
    people = sizes["users"]
    applicants = people * 3 // 5 - people * 3 // 200 - 1
    most = {
        "job_skills": ("jobs", 50),
        "applications": ("jobs", min(applicants, 5_000)),
        "application_attachments": ("applications", 5),
        "interviews": ("applications", 4),
        "user_notification_preferences": ("users", 38),
        "user_analytics": ("users", 60),
        "job_analytics": ("jobs", 60),
    }
    spreads = {child: spread_over(key, sizes, child, parent, limit) for child, (parent, limit) in most.items()}
    return World(key, sizes, {**spreads, "application_status_history": history}, patterns)


def tables(made: World) -> list[Table]:
    def of(name: str) -> Table:
        maker = _MAKERS[name]
        return Table(name=name, rows=made.sizes[name], make=lambda c: maker(made, c), awkward=AWKWARD.get(name, {}))

    return [of(name) for name in _SHARES]


#: The tables of the services that the monolith is split into.
SERVICES: Services = {
    "users_db": ("users", "user_verification_tokens", "user_sessions"),
    "jobs_db": ("companies", "job_categories", "jobs", "job_skills"),
    "applications_db": ("applications", "application_attachments", "interviews", "application_status_history"),
    "search_db": ("search_indexes", "search_history", "search_analytics"),
    "notifications_db": ("notification_templates", "notifications", "user_notification_preferences"),
    "analytics_db": ("analytics_events", "user_analytics", "job_analytics", "platform_analytics"),
}

DOUBLES: Sequence[Double] = (
    Double("users", "uq_users_email", {"email": "upper(a.email)"}, "true"),
    Double("applications", "applications_job_id_user_id_key", {"user_id": "a.user_id"}, "b.job_id = a.job_id"),
    Double("job_skills", "uq_job_skills_job_skill", {"skill_name": "upper(a.skill_name)"}, "b.job_id = a.job_id"),
    Double("user_analytics", "user_analytics_user_id_day_key", {"day": "a.day"}, "b.user_id = a.user_id"),
    Double(
        "search_indexes",
        "search_indexes_entity_type_entity_id_key",
        {"entity_id": "a.entity_id"},
        "b.entity_type = a.entity_type",
    ),
    Double("companies", "companies_slug_key", {"slug": "a.slug"}, "true"),
)
