"""Companies, categories and jobs of the job platform: what is taken, what is open, what expires, what is found."""

from __future__ import annotations

import pytest

from tests.platforms.dashboard import Service
from tests.platforms.jobs import NOW, Open, a_company, a_job, before, change
from tests.platforms.postgres_facts import add, checks


@pytest.fixture
def jobs(on: Open) -> Service:
    return on("jobs_db")


def category(jobs: Service, name: str, parent: int | None = None) -> int:
    number: int = add(jobs, "job_categories", name=name, slug=name.lower(), parent_id=parent)["id"]
    return number


def test_a_job_is_found_by_its_words_the_title_first(jobs: Service) -> None:
    company = a_company(jobs)
    by_text = a_job(jobs, company, "Clerk", description="helps engineers")
    by_need = a_job(jobs, company, "Driver", requirements="was an engineer", description="drives")
    by_title = a_job(jobs, company, "Engineer", description="works")
    a_job(jobs, company, "Baker", description="bakes")
    ranked = """
        SELECT id FROM jobs, to_tsquery('english', 'engineering') AS q
        WHERE search_vector @@ q ORDER BY ts_rank(search_vector, q) DESC
    """
    assert jobs.values(ranked) == [by_title, by_need, by_text]
    change(jobs, "jobs", by_title, title="Baker", slug="baker-2")
    assert jobs.values(ranked) == [by_need, by_text]


def test_a_company_is_found_by_its_name_before_its_description(jobs: Service) -> None:
    described = a_company(jobs, "Acme", description="Builds bridges")
    named = a_company(jobs, "Bridges", metadata={"tags": {"size": "small"}})
    found = """
        SELECT id FROM companies, to_tsquery('english', 'bridge') AS q
        WHERE search_vector @@ q ORDER BY ts_rank(search_vector, q) DESC
    """
    assert jobs.values(found) == [named, described]
    assert jobs.values("""SELECT id FROM companies WHERE metadata @> '{"tags": {"size": "small"}}'""") == [named]


@pytest.mark.parametrize(
    ("table", "values", "state", "constraint"),
    [
        ("companies", {"size_range": "5-6"}, "23514", "companies_size_range_check"),
        ("companies", {"status": "gone"}, "23514", "companies_status_check"),
        ("companies", {"slug": "taken"}, "23505", "companies_slug_key"),
        ("companies", {"owner_user_id": None}, "23502", None),
        ("jobs", {"slug": "taken"}, "23505", "jobs_slug_key"),
        ("jobs", {"employment_type": "volunteer"}, "23514", "jobs_employment_type_check"),
        ("jobs", {"work_mode": "moon"}, "23514", "jobs_work_mode_check"),
        ("jobs", {"experience_level": "intern"}, "23514", "jobs_experience_level_check"),
        ("jobs", {"salary_min": -1}, "23514", "jobs_salary_min_check"),
        ("jobs", {"salary_min": 10, "salary_max": 9}, "23514", "jobs_check"),
        ("jobs", {"salary_period": "day"}, "23514", "jobs_salary_period_check"),
        ("jobs", {"openings": 0}, "23514", "jobs_openings_check"),
        ("jobs", {"status": "open"}, "23514", "jobs_status_check"),
        ("jobs", {"published_at": None}, "23514", "jobs_check1"),
        ("jobs", {"company_id": -1}, "23503", "jobs_company_id_fkey"),
        ("jobs", {"category_id": -1}, "23503", "jobs_category_id_fkey"),
        ("job_skills", {"level": "none"}, "23514", "job_skills_level_check"),
        ("job_skills", {"min_years": -1}, "23514", "job_skills_min_years_check"),
        ("job_skills", {"skill_name": "sql"}, "23505", "uq_job_skills_job_skill"),
        ("job_skills", {"job_id": -1}, "23503", "job_skills_job_id_fkey"),
        ("job_categories", {"slug": "taken"}, "23505", "job_categories_slug_key"),
        ("job_categories", {"name": "Taken"}, "23505", "job_categories_parent_id_name_key"),
        ("job_categories", {"parent_id": -1}, "23503", "job_categories_parent_id_fkey"),
    ],
)
def test_what_cannot_be_is_refused(
    jobs: Service, table: str, values: dict[str, object], state: str, constraint: str | None
) -> None:
    a_job(jobs, a_company(jobs, "Taken"), "Taken")
    category(jobs, "Taken")
    company = a_company(jobs)
    job = a_job(jobs, company)
    add(jobs, "job_skills", job_id=job, skill_name="SQL")
    skill = add(jobs, "job_skills", job_id=job, skill_name="Go")["id"]
    numbers = {"companies": company, "jobs": job, "job_skills": skill, "job_categories": category(jobs, "Free")}
    with jobs.refuses(state, constraint):
        change(jobs, table, numbers[table], **values)


def test_a_salary_may_be_open_at_either_end_and_a_draft_unpublished(jobs: Service) -> None:
    company = a_company(jobs)
    for lower, upper in ((None, 5), (5, None), (5, 5), (None, None)):
        a_job(jobs, company, f"{lower} {upper}", salary_min=lower, salary_max=upper, status="draft", published_at=None)
    assert jobs.count("jobs") == 4


def test_one_name_stands_once_below_each_parent_and_once_at_the_top(jobs: Service) -> None:
    top, other = category(jobs, "Top"), category(jobs, "Other")
    for index, parent in enumerate((top, other)):
        add(jobs, "job_categories", name="Same", slug=f"same-{index}", parent_id=parent)
    for above, name in ((top, "Same"), (None, "Top")):
        with jobs.refuses("23505", "job_categories_parent_id_name_key"):
            add(jobs, "job_categories", name=name, slug="new", parent_id=above)
    with jobs.refuses("23514", "job_categories_check"):
        change(jobs, "job_categories", top, parent_id=top)


def test_what_is_in_use_is_not_deleted(jobs: Service) -> None:
    top = category(jobs, "Top")
    child, company = category(jobs, "Child", top), a_company(jobs)
    job = a_job(jobs, company, category_id=child)
    add(jobs, "job_skills", job_id=job, skill_name="SQL")
    # PostgreSQL 18 tells RESTRICT with a state of its own, 15 as any foreign key.
    restricted = "23001" if jobs.connection.info.server_version >= 180000 else "23503"
    with jobs.refuses(restricted, "jobs_company_id_fkey"):
        jobs.execute("DELETE FROM companies WHERE id = %s", company)
    with jobs.refuses(restricted, "job_categories_parent_id_fkey"):
        jobs.execute("DELETE FROM job_categories WHERE id = %s", top)
    jobs.execute("DELETE FROM job_categories WHERE id = %s", child)
    assert jobs.value("SELECT category_id FROM jobs") is None
    jobs.execute("DELETE FROM jobs WHERE id = %s", job)
    assert jobs.count("job_skills") == 0


def test_jobs_past_their_end_are_closed_each_with_an_event(jobs: Service) -> None:
    company = a_company(jobs)
    late = [a_job(jobs, company, f"late {days}", expires_at=before(days=days)) for days in (1, 2)]
    a_job(jobs, company, "young", expires_at=before(days=-1))
    a_job(jobs, company, "endless")
    a_job(jobs, company, "paused", status="paused", expires_at=before(days=1))
    assert jobs.value("SELECT expire_jobs()") == 2
    assert sorted(jobs.values("SELECT id FROM jobs WHERE status = 'closed'")) == late
    events = jobs.rows(
        "SELECT aggregate_type, aggregate_id, event_type, payload FROM domain_events ORDER BY aggregate_id"
    )
    assert [tuple(row.values()) for row in events] == [
        ("job", number, "job.closed", {"reason": "expired"}) for number in late
    ]
    assert (jobs.value("SELECT expire_jobs()"), jobs.count("domain_events")) == (0, 2)


def test_a_job_is_open_while_it_and_its_company_are(jobs: Service) -> None:
    company, suspended = a_company(jobs), a_company(jobs, "Gone", status="suspended")
    job = a_job(jobs, company, salary_min=5, salary_max=9, location="Bern", work_mode="remote")
    a_job(jobs, company, "late", expires_at=before(minutes=1))
    a_job(jobs, company, "draft", status="draft")
    a_job(jobs, suspended, "other")
    assert jobs.rows("SELECT * FROM open_jobs") == [
        {
            "job_id": job,
            "title": "Engineer",
            "slug": "engineer",
            "company_id": company,
            "company_name": "Acme",
            "location": "Bern",
            "work_mode": "remote",
            "employment_type": "full_time",
            "salary_min": 5,
            "salary_max": 9,
            "salary_currency": "USD",
            "published_at": NOW,
        }
    ]
    change(jobs, "companies", suspended, status="active")
    change(jobs, "jobs", job, expires_at=before(days=-1))
    assert jobs.values("SELECT title FROM open_jobs ORDER BY 1") == ["Engineer", "other"]


def test_numbers_of_the_monolith_are_kept_and_new_ones_are_made(jobs: Service) -> None:
    assert add(jobs, "companies", id=4711, owner_user_id=1, name="Old", slug="old")["id"] == 4711
    jobs.execute("SELECT setval('companies_id_seq', (SELECT max(id) FROM companies) + 10)")
    assert a_company(jobs) == 4722


def test_a_check_finds_categories_in_a_circle(jobs: Service) -> None:
    check = checks("jobs", "jobs_db")["01_categories_have_no_circle"]
    first = category(jobs, "A")
    second = category(jobs, "B", first)
    third = category(jobs, "C", second)
    category(jobs, "Below", third)
    assert jobs.rows(check) == []
    change(jobs, "job_categories", first, parent_id=third)
    assert sorted(jobs.values(check)) == [first, second, third]


def test_a_check_finds_a_version_that_is_missing(jobs: Service) -> None:
    check = checks("jobs", "jobs_db")["02_event_versions_have_no_gap"]
    emit = "SELECT emit_domain_event('job', %s, 'job.closed', '{}')"
    events = [jobs.value(emit, number) for number in (1, 1, 1, 2)]
    jobs.execute("SET LOCAL app.retention = 'on'")
    # What is oldest may have gone by retention.
    jobs.execute("DELETE FROM domain_events WHERE id = %s", events[0])
    assert jobs.rows(check) == []
    jobs.value(emit, 1)
    jobs.execute("DELETE FROM domain_events WHERE id = %s", events[2])
    assert jobs.rows(check) == [{"aggregate_type": "job", "aggregate_id": 1, "events": 2, "first": 2, "last": 4}]


def test_the_check_of_versions_is_the_same_wherever_events_are() -> None:
    found = {
        target: next(
            text for name, text in checks("jobs", target).items() if name.endswith("event_versions_have_no_gap")
        )
        for target in ("users_db", "jobs_db", "applications_db", "notifications_db")
    }
    assert len(set(found.values())) == 1
