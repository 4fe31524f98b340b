"""What the career platform's files say of it: targets, references, seeds, roles, and the page."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from schemactl.project.config import load
from schemactl.project.platform import Platform, load_platform
from schemactl.project.references import Endpoint
from tests.platforms.career import CHECKS, PAGE, ROOT, SEEDS

ENGINES = {
    "career_users": "postgres",
    "career_skills": "mongodb",
    "career_paths": "postgres",
    "career_learning": "postgres",
    "career_learning_content": "mongodb",
    "career_market": "mongodb",
    "career_network": "neo4j",
    "career_content": "mongodb",
    "career_analytics": "clickhouse",
}
USERS, SKILLS, COURSES = "career_users.users.user_id", "career_skills.skills._id", "career_learning.courses.course_id"
REFERENCES = {
    ("career_skills.user_skills.user_id", USERS, "fail"),
    ("career_paths.user_career_progress.user_id", USERS, "fail"),
    ("career_learning.user_courses.user_id", USERS, "fail"),
    ("career_network.:User.user_id", USERS, "fail"),
    ("career_network.:Mentor.user_id", USERS, "fail"),
    ("career_content.content.author.user_id", USERS, "fail"),
    ("career_content.content.engagement.comments[].user_id", USERS, "warn"),
    ("career_analytics.user_activity.user_id", USERS, "warn"),
    ("career_learning_content.course_content.course_id", COURSES, "fail"),
    ("career_learning.course_skills.skill_id", SKILLS, "fail"),
    ("career_paths.career_milestones.required_skills[].skill_id", SKILLS, "fail"),
    ("career_paths.career_milestones.optional_skills[].skill_id", SKILLS, "fail"),
    ("career_market.job_market_trends.skill_id", SKILLS, "warn"),
}
SEEDED = {
    "career_users/01_people.toml": 2,
    "career_skills/01_skills.toml": 10,
    "career_paths/01_career_paths.toml": 3,
    "career_paths/02_career_milestones.toml": 9,
    "career_learning/01_courses.toml": 4,
    "career_learning/02_course_skills.toml": 7,
    "career_learning_content/01_course_content.toml": 1,
    "career_market/01_job_market_trends.toml": 1,
    "career_content/01_content.toml": 1,
    "career_network/01_users.toml": 1,
    "career_network/02_mentors.toml": 1,
    "career_network/03_events.toml": 1,
    "career_network/04_relationships.toml": 2,
}
EVERYWHERE = {"career_skills", "career_paths", "career_learning"}


@pytest.fixture(scope="module")
def platform() -> Platform:
    return load_platform(load(ROOT, environ={}), "career")


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def seed(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(SEEDS / name)["rows"]
    return found


def named(end: Endpoint) -> str:
    return f"{end.target}.{end.object}.{end.path}"


def skill_names() -> dict[str, str]:
    return {row["_id"]["$oid"]: row["name"] for row in seed("career_skills/01_skills.toml")}


def test_the_targets_are_the_nine_on_their_engines(platform: Platform) -> None:
    assert {target.name: target.engine for target in platform.targets} == ENGINES
    odd = {target.name: target.database for target in platform.targets if target.database != target.name}
    assert odd == {"career_network": "career-network"}


def test_the_references_are_the_sheets(platform: Platform) -> None:
    found = {(named(one.source), named(one.referred), one.on_orphan) for one in platform.references}
    assert found == REFERENCES
    assert len(platform.references) == 13


def test_both_ends_are_compared_in_one_form(platform: Platform) -> None:
    for one in platform.references:
        engines = {ENGINES[end.target] for end in (one.source, one.referred)}
        form = "oid" if named(one.referred) == SKILLS else "uuid"
        same = {None} if engines == {"postgres"} else {form}
        assert {one.source.compare_as, one.referred.compare_as} == same, named(one.source)


def test_visitors_and_authors_who_are_gone_are_no_orphans(platform: Platform) -> None:
    ignored = {named(one.source): one.source.ignore for one in platform.references if one.source.ignore}
    assert ignored == {"career_analytics.user_activity.user_id": ("00000000-0000-0000-0000-000000000000",)}
    conditions = {named(one.source): one.source.where for one in platform.references if one.source.where}
    assert list(conditions) == ["career_content.content.author.user_id"]
    assert json.loads(str(conditions.popitem()[1])) == {"author.name": {"$ne": "removed"}}


def test_every_check_is_of_the_language_of_its_engine() -> None:
    suffix = {"postgres": ".sql", "clickhouse": ".sql", "mongodb": ".json", "neo4j": ".cypher"}
    found = [(path.parent.name, path.suffix) for path in CHECKS.glob("*/*")]
    assert [one for one in found if suffix[ENGINES[one[0]]] != one[1]] == []
    assert Counter(target for target, _ in found) == {
        "career_network": 6,
        "career_skills": 2,
        "career_analytics": 2,
        "career_paths": 1,
        "career_learning": 1,
    }


def test_the_seeds_hold_the_sheets_rows() -> None:
    files = {path.relative_to(SEEDS).as_posix(): read(path) for path in SEEDS.glob("*/[0-9]*.toml")}
    assert {name: len(one["rows"] if "rows" in one else one["relationships"]) for name, one in files.items()} == SEEDED
    for name, one in files.items():
        wanted = None if name.partition("/")[0] in EVERYWHERE else ["dev", "sandbox"]
        assert one.get("environments") == wanted, name


def test_seeded_skills_are_referred_to_by_ids_and_names_that_are_there() -> None:
    skills = skill_names()
    assert list(skills) == [f"65a0000000000000000000{number:02x}" for number in range(1, 11)]
    related = {name for row in seed("career_skills/01_skills.toml") for name in row["related_skills"]}
    assert related <= set(skills.values())
    listed = [
        one["skill_id"]
        for row in seed("career_paths/02_career_milestones.toml")
        for one in (*row["required_skills"], *row["optional_skills"])
    ]
    assert len(listed) == 21 and set(listed) <= set(skills)
    taught = seed("career_learning/02_course_skills.toml")
    assert all(skills[row["skill_id"]] == row["skill_name"] for row in taught)
    assert Counter(row["is_primary"] for row in taught) == {True: 4, False: 3}


def test_the_samples_name_the_people_who_are_seeded_beside_them() -> None:
    people = {row["user_id"] for row in seed("career_users/01_people.toml")}
    (article,) = seed("career_content/01_content.toml")
    nodes = [*seed("career_network/01_users.toml"), *seed("career_network/02_mentors.toml")]
    commenters = {comment["user_id"] for comment in article["engagement"]["comments"]}
    assert {article["author"]["user_id"], *commenters, *(node["user_id"] for node in nodes)} == people
    (content,) = seed("career_learning_content/01_course_content.toml")
    assert content["course_id"] in {row["course_id"] for row in seed("career_learning/01_courses.toml")}


def test_a_relationship_joins_nodes_that_are_seeded() -> None:
    nodes = {
        (table["table"].removeprefix(":"), row[table["key"]])
        for table in (read(path) for path in (SEEDS / "career_network").glob("0[123]_*.toml"))
        for row in table["rows"]
    }
    found = read(SEEDS / "career_network/04_relationships.toml")["relationships"]
    ends = {(end["label"], *end["by"].values()) for one in found for end in (one["from"], one["to"])}
    assert (ends, [one["type"] for one in found]) == (nodes, ["MENTORED_BY", "REGISTERED_FOR"])
    assert all(isinstance(next(iter(one["set"].values())), datetime) for one in found)


def test_roles_are_the_sheets_and_hold_no_password() -> None:
    common = read(SEEDS / "roles.toml")
    roles = {role["name"]: role for role in common["roles"]}
    assert list(roles) == [f"${{target}}_{what}" for what in ("owner", "migrator", "app", "read")]
    assert (roles["${target}_owner"]["engines"], roles["${target}_owner"]["owns"]) == (["postgres"], True)
    shared = {(role["engine"], role["name"]): role["member_of"] for role in common["cluster_roles"]}
    assert shared == {
        ("postgres", "platform_backup"): ["pg_read_all_data"],
        ("postgres", "platform_monitor"): ["pg_monitor"],
        ("mongodb", "platform_backup"): ["backup", "clusterMonitor"],
    }
    own = {path.parent.name: read(path)["roles"] for path in SEEDS.glob("*/roles.toml")}
    assert set(own) == {"career_users", "career_paths", "career_learning", "career_analytics"}
    assert own["career_users"][1] == {"name": "${target}_read", "hidden": ["users.password_hash"]}
    assert own["career_analytics"] == [{"name": "${target}_app", "can": ["read", "insert"]}]
    assert not any("password =" in path.read_text(encoding="utf-8") for path in SEEDS.rglob("roles.toml"))


def test_the_page_names_every_target_every_deviation_and_every_reference(platform: Platform) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in page for name in ENGINES)
    assert re.findall(r"^\| (F\d+) \|", page, re.M) == [f"F{number}" for number in range(1, 20)]
    (diagram,) = re.findall(r"```mermaid\n(.*?)```", page, re.S)
    arrows = [line for line in diagram.splitlines() if "->" in line]
    drawn = Counter("warn" if "-.->" in line else "fail" for line in arrows for _ in line.split("&"))
    assert drawn == Counter(one.on_orphan for one in platform.references)
