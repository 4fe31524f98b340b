"""The career platform's seeds, brought by the tool into eight targets on three engines, and then looked at past it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemactl.workflows.planned_seeds import SeedsPlan
from schemactl.workflows.seed import SeedsResult
from tests.fixtures.mongodb import MongoDatabase
from tests.fixtures.neo4j import Database as Graph
from tests.platforms import career
from tests.platforms.career import ON_POSTGRES, Places, checks, found_by, workspace
from tests.platforms.career_rows import asked, documents, empty, everything, rows, texts
from tests.platforms.seeded import shown, told

SEEDED = {
    ("career_users", "01_people"): 2,
    ("career_skills", "01_skills"): 10,
    ("career_paths", "01_career_paths"): 3,
    ("career_paths", "02_career_milestones"): 9,
    ("career_learning", "01_courses"): 4,
    ("career_learning", "02_course_skills"): 7,
    ("career_learning_content", "01_course_content"): 1,
    ("career_market", "01_job_market_trends"): 1,
    ("career_content", "01_content"): 1,
    ("career_network", "01_users"): 1,
    ("career_network", "02_mentors"): 1,
    ("career_network", "03_events"): 1,
    ("career_network", "04_relationships"): 2,
}
EVERYWHERE = {"career_skills", "career_paths", "career_learning"}

SKILLS = """\
01 JavaScript (Programming Language / Frontend Development; TypeScript, React, Node.js)
02 TypeScript (Programming Language / Frontend Development; JavaScript)
03 React (Framework / Frontend Development; JavaScript, TypeScript)
04 Node.js (Runtime / Backend Development; JavaScript)
05 Python (Programming Language / Backend Development; SQL)
06 SQL (Query Language / Data; Python)
07 Docker (Tool / DevOps; Kubernetes)
08 Kubernetes (Tool / DevOps; Docker)
09 Technical Leadership (Soft Skill / Leadership; Mentoring)
0a Mentoring (Soft Skill / Leadership; Technical Leadership)
"""
PATHS = """\
101 Frontend Developer, Software: 0 years, beginner, 12 months
102 Backend Developer, Software: 1 years, intermediate, 15 months
103 Engineering Manager, Software: 5 years, advanced, 24 months
"""
# Path, order, title, weeks; skills needed; skills that help. b, i, a: the level.
MILESTONES = """\
201 101 1 Web foundations 8; 01b;
202 101 2 Component applications 12; 01i 03b; 02b
203 101 3 Production frontend 16; 01a 02i 03i; 04b
204 102 1 Scripting and data 8; 05b 06b;
205 102 2 Services 14; 05i 06i; 04b
206 102 3 Operating services 16; 05a 07i; 08b
207 103 1 Leading a project 12; 09b;
208 103 2 Mentoring others 16; 09i 0ai;
209 103 3 Running a team 24; 09a 0aa;
"""
COURSES = """\
301 JavaScript Advanced (Coursera, advanced, 40 h, 49.00 USD, 4.70)
302 React Fundamentals (Udemy, beginner, 18 h, 19.99 USD, 4.50)
303 Python for Services (edX, intermediate, 30 h, 79.00 USD, 4.60)
304 Leading Engineers (Coursera, advanced, 24 h, 59.00 USD, 4.40)
"""
TAUGHT = """\
301 01 JavaScript advanced primary
302 01 JavaScript beginner
302 03 React beginner primary
303 05 Python intermediate primary
303 06 SQL beginner
304 09 Technical Leadership intermediate primary
304 0a Mentoring beginner
"""

USERS = ("career_users", "SELECT user_id::text FROM users")
SKILL_IDS = ("career_skills", "skills._id")
COURSE_IDS = ("career_learning", "SELECT course_id::text FROM courses")
# What refers, what is referred to, and how many different values the seeds have there.
REFERENCES = [
    (("career_network", "MATCH (u:User) RETURN u.user_id"), USERS, 1),
    (("career_network", "MATCH (m:Mentor) RETURN m.user_id"), USERS, 1),
    (("career_content", "content.author.user_id"), USERS, 1),
    (("career_content", "content.engagement.comments.user_id"), USERS, 1),
    (("career_learning_content", "course_content.course_id"), COURSE_IDS, 1),
    (("career_learning", "SELECT skill_id FROM course_skills"), SKILL_IDS, 6),
    (
        (
            "career_paths",
            "SELECT one ->> 'skill_id' FROM career_milestones, jsonb_array_elements(required_skills) AS one",
        ),
        SKILL_IDS,
        8,
    ),
    (
        (
            "career_paths",
            "SELECT one ->> 'skill_id' FROM career_milestones, jsonb_array_elements(optional_skills) AS one",
        ),
        SKILL_IDS,
        3,
    ),
    (("career_market", "job_market_trends.skill_id"), SKILL_IDS, 1),
    (("career_skills", "user_skills.user_id"), USERS, 0),
    (("career_paths", "SELECT user_id::text FROM user_career_progress"), USERS, 0),
    (("career_learning", "SELECT user_id::text FROM user_courses"), USERS, 0),
]
"""All of platform.toml but that of ClickHouse, where nothing is seeded."""


@pytest.fixture(scope="module")
def places(career_relational: Places, career_documents: Places, career_graph: Graph) -> Iterator[Places]:
    """The eight targets that have seeds, migrated; empty again afterwards."""
    tables_and_documents = {**career_relational, **career_documents}
    yield {**tables_and_documents, "career_network": career_graph}
    for place in tables_and_documents.values():
        empty(place)


@pytest.fixture(scope="module")
def first(places: Places) -> SeedsResult:
    """What the first run said. Tests leave the rows as the seeds have them."""
    return seed(places)


@pytest.fixture
def seeded(places: Places, first: SeedsResult) -> Places:
    assert first.run.exit_code == 0
    return places


def plan(places: Places, environment: str | None = "sandbox") -> SeedsPlan:
    """What `seed` would do. raises  what keeps a target from being seeded"""
    found = workspace(places, environment).plan_seeds(tuple(places))
    if found.error is not None:
        raise found.error
    return found


def seed(places: Places) -> SeedsResult:
    """raises  the run's error"""
    result = workspace(places, "sandbox").seed(plan(places))
    if result.run.error is not None:
        raise result.run.error
    return result


def test_without_an_environment_only_what_is_meant_everywhere_is_seeded(places: Places) -> None:
    states = {
        (target.site.site.name, one.seed.label): one.state if not one.meant else ""
        for target in plan(places, None).targets
        for one in target.seeds
    }
    assert states == {key: "" if key[0] in EVERYWHERE else "for dev, sandbox alone" for key in SEEDED}


def test_the_first_run_adds_the_rows_and_a_second_changes_nothing(places: Places, first: SeedsResult) -> None:
    assert told(first) == {key: (count, 0, 0) for key, count in SEEDED.items()}
    before = everything(places)
    assert plan(places).due == 0
    assert told(seed(places)) == {}
    assert everything(places) == before


def test_ten_skills_have_their_fixed_ids(seeded: Places) -> None:
    found = documents(seeded["career_skills"], "skills")
    assert {str(one["_id"])[:22] for one in found} == {"65a0000000000000000000"}
    named = [f"{str(one['_id'])[22:]} {one['name']} ({one['category']} / {one['subcategory']}" for one in found]
    related = [", ".join(one["related_skills"]) for one in found]
    assert [f"{first}; {last})" for first, last in zip(named, related, strict=True)] == SKILLS.splitlines()
    assert [one["name"] for one in found if "description" in one] == ["JavaScript"]
    assert (found[0]["description"], set(found[0]["level_descriptors"])) == (
        "High-level programming language",
        {"beginner", "intermediate", "advanced"},
    )


def test_three_paths_have_nine_milestones(seeded: Places) -> None:
    place = seeded["career_paths"]
    paths = texts(
        place,
        "SELECT format('%s %s, %s: %s years, %s, %s months', right(path_id::text, 3), title, industry,"
        " required_years_experience, difficulty_level, average_completion_time) FROM career_paths ORDER BY path_id",
    )
    assert paths == PATHS.splitlines()
    skills = "(SELECT string_agg(' ' || right(one ->> 'skill_id', 2) || left(one ->> 'level', 1), '' ORDER BY number)"
    skills += " FROM jsonb_array_elements({}) WITH ORDINALITY AS x(one, number))"
    milestones = texts(
        place,
        "SELECT format('%s %s %s %s %s;%s;%s', right(milestone_id::text, 3), right(path_id::text, 3),"
        f" order_sequence, title, estimated_duration, {skills.format('required_skills')},"
        f" {skills.format('optional_skills')}) FROM career_milestones ORDER BY milestone_id",
    )
    assert milestones == MILESTONES.splitlines()


def test_four_courses_teach_seven_skills_and_nobody_is_enrolled(seeded: Places) -> None:
    place = seeded["career_learning"]
    courses = texts(
        place,
        "SELECT format('%s %s (%s, %s, %s h, %s %s, %s)', right(course_id::text, 3), title, provider,"
        " difficulty_level, duration_hours, price, currency, rating) FROM courses ORDER BY course_id",
    )
    assert courses == COURSES.splitlines()
    taught = texts(
        place,
        "SELECT format('%s %s %s %s%s', right(course_id::text, 3), right(skill_id, 2), skill_name, target_level,"
        " CASE WHEN is_primary THEN ' primary' ELSE '' END) FROM course_skills ORDER BY course_id, skill_id",
    )
    assert taught == TAUGHT.splitlines()
    assert rows(place, "SELECT DISTINCT total_enrollments FROM courses") == [(0,)]


def test_the_samples_are_there_for_the_sandbox(seeded: Places) -> None:
    people = rows(seeded["career_users"], "SELECT first_name, last_name, account_type FROM users ORDER BY user_id")
    assert people == [("John", "Doe", "free"), ("Jane", "Smith", "mentor")]
    (course,) = documents(seeded["career_learning_content"], "course_content")
    (module,) = course["modules"]
    video, quiz = module["content"]
    assert (course["course_id"][-3:], module["title"]) == ("301", "Introduction to JavaScript")
    assert (video["type"], video["duration_minutes"], quiz["type"]) == ("video", 45, "quiz")
    assert [one["correct_answer"] for one in quiz["questions"]] == [2]
    (trend,) = documents(seeded["career_market"], "job_market_trends")
    metrics, (past,) = trend["metrics"], trend["historical_data"]
    pay = metrics["avg_salary"]
    assert (str(trend["skill_id"])[22:], trend["region"]) == ("01", "North America")
    assert (metrics["demand_score"], metrics["growth_rate"], metrics["job_postings_count"]) == (8.5, 15.2, 5234)
    assert (pay["entry_level"], pay["mid_level"], pay["senior_level"]) == (75000, 95000, 130000)
    assert (past["demand_score"], past["job_postings_count"]) == (8.2, 4500)
    (article,) = documents(seeded["career_content"], "content")
    assert (article["title"], article["type"]) == ("Career Growth in Tech", "article")


def test_the_graph_has_three_nodes_and_two_relationships_with_all_their_properties(seeded: Places) -> None:
    graph = seeded["career_network"]
    assert isinstance(graph, Graph)
    assert graph.ask("MATCH (u:User) RETURN u.name, u.title, u.company") == [
        ["John Doe", "Senior Developer", "Tech Corp"]
    ]
    mentor = "MATCH (m:Mentor) RETURN m.specializations, m.availability, m.availability_hours_per_month, m.rating"
    assert graph.ask(mentor) == [[["Career Transition", "Technical Leadership"], "10hrs/month", 10, 4.8]]
    assert graph.ask("MATCH (e:Event) RETURN e.title, e.type, e.max_participants") == [
        ["Tech Leadership Summit", "webinar", 100]
    ]
    assert graph.ask("MATCH (:User)-[r:MENTORED_BY]->(:Mentor) RETURN r.status, r.session_count") == [["active", 5]]
    assert graph.ask("MATCH (:User)-[r:REGISTERED_FOR]->(:Event) RETURN r.status") == [["confirmed"]]
    of_nodes = graph.ask("MATCH (n:User|Mentor|Event) RETURN labels(n)[0] AS label, size(keys(n)) ORDER BY label")
    of_edges = graph.ask("MATCH ()-[r]->() RETURN type(r) AS type, size(keys(r)) ORDER BY type")
    assert of_nodes == [["Event", 5], ["Mentor", 5], ["User", 5]]
    assert of_edges == [["MENTORED_BY", 3], ["REGISTERED_FOR", 2]]
    assert graph.ask("MATCH (e:Event) RETURN toString(e.date)") == [["2024-06-15T17:00:00Z"]]


def test_every_reference_between_targets_holds(seeded: Places) -> None:
    found = {
        source: (len(values), sorted(set(values) - set(asked(seeded[referred[0]], referred[1]))))
        for source, referred, _ in REFERENCES
        for values in [asked(seeded[source[0]], source[1])]
    }
    assert found == {source: (count, []) for source, _, count in REFERENCES}
    # With that of career_analytics.user_activity.
    assert len(found) + 1 == len(workspace(seeded).platform.references) == 13


def test_the_checks_find_nothing_in_what_was_seeded(seeded: Places) -> None:
    with_checks = [target for target in seeded if (career.CHECKS / target).is_dir()]
    assert [one.holds for one in workspace(seeded).check(with_checks)] == [True] * 4
    for target in with_checks:
        assert [found_by(seeded[target], text) for text in checks(target).values()] == [[]] * len(checks(target))


def test_what_somebody_changed_is_shown_and_mended_on_each_engine(seeded: Places) -> None:
    before = everything({name: place for name, place in seeded.items() if name not in ON_POSTGRES})
    paths, learning, skills = (seeded[f"career_{name}"] for name in ("paths", "learning", "skills"))
    graph = seeded["career_network"]
    assert isinstance(skills, MongoDatabase) and isinstance(graph, Graph)
    rows(paths, "UPDATE career_milestones SET optional_skills = '[1]', title = 'x' WHERE order_sequence = 1")
    rows(learning, "UPDATE courses SET price = 1 WHERE title = 'React Fundamentals'")
    rows(learning, "DELETE FROM course_skills WHERE is_primary")
    rows(learning, f"INSERT INTO user_courses (user_id, course_id) SELECT '{career.user(1)}', course_id FROM courses")
    with skills.asked() as db:
        db["skills"].update_one({"name": "SQL"}, {"$set": {"category": "x", "noted": "kept"}})
        db["skills"].delete_one({"name": "Docker"})
    graph.ask("MATCH (m:Mentor) SET m.rating = 1.5")
    graph.ask("MATCH ()-[r:MENTORED_BY]->() SET r.session_count = 6")
    differing = shown(plan(seeded))
    assert differing["career_skills", "name = SQL"] == (("category", "x", "Query Language"),)
    assert differing["career_network", f"user_id = {career.user(2)}"] == (("rating", "1.5", "4.8"),)
    assert [fields[0] for fields in differing["career_learning", f"course_id = {career.user(302)}"]] == ["price"]
    assert told(seed(seeded)) == {
        ("career_skills", "01_skills"): (1, 1, 8),
        ("career_paths", "02_career_milestones"): (0, 3, 6),
        ("career_learning", "01_courses"): (0, 1, 3),
        ("career_learning", "02_course_skills"): (4, 0, 3),
        ("career_network", "02_mentors"): (0, 1, 0),
        ("career_network", "03_events"): (0, 0, 1),
        ("career_network", "04_relationships"): (0, 1, 1),
    }
    assert (plan(seeded).due, shown(plan(seeded))) == (0, {})
    assert rows(learning, "SELECT DISTINCT total_enrollments FROM courses") == [(1,)]
    with skills.asked() as db:
        assert db["skills"].count_documents({"name": "SQL", "noted": "kept"}) == 1
        db["skills"].update_one({"name": "SQL"}, {"$unset": {"noted": ""}})
    rows(learning, "DELETE FROM user_courses")
    assert everything({name: place for name, place in seeded.items() if name not in ON_POSTGRES}) == before
    test_three_paths_have_nine_milestones(seeded)
    test_four_courses_teach_seven_skills_and_nobody_is_enrolled(seeded)
