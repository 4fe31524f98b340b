"""Documents of the career platform: one of each collection that holds everything, and what is refused in its place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bson import Int64, ObjectId

from tests.platforms import career

USER, NOW = career.user(1), datetime(2024, 6, 1, tzinfo=UTC)
SKILL = ObjectId("65a000000000000000000001")

# One document of each collection with every field that the sheet names.
FULL: dict[str, dict[str, Any]] = {
    "skills": {
        "name": "JavaScript",
        "category": "Programming Language",
        "subcategory": "",
        "description": "x",
        "level_descriptors": {"beginner": "a", "intermediate": "b", "advanced": "c"},
        "related_skills": ["React"],
        "created_at": NOW,
        "updated_at": NOW,
    },
    "user_skills": {
        "user_id": USER,
        "skills": [
            {
                "skill_id": SKILL,
                "level": "advanced",
                "self_assessment_score": 7,
                "verified_score": 6.8,
                "last_assessed": NOW,
                "endorsements_count": Int64(12),
                "certificates": [{"name": "a", "issuer": "b", "issued_date": NOW, "verification_url": "u"}],
            }
        ],
        "assessment_history": [{"date": NOW, "skill_id": SKILL, "score": 75, "type": "technical_assessment"}],
    },
    "course_content": {
        "course_id": USER,
        "modules": [
            {
                "module_id": SKILL,
                "title": "a",
                "order": 1,
                "content": [
                    {"type": "video", "title": "b", "duration_minutes": 45, "url": "u", "transcript": "t"},
                    {"type": "quiz", "questions": [{"question": "q", "options": ["a"] * 10, "correct_answer": 9}]},
                ],
            }
        ],
    },
    "job_market_trends": {
        "skill_id": SKILL,
        "timestamp": NOW,
        "region": "North America",
        "metrics": {
            "demand_score": 8.5,
            "growth_rate": -15.2,
            "avg_salary": {"currency": "USD", "entry_level": 75000, "mid_level": 95000, "senior_level": 130000},
            "job_postings_count": 5234,
            "companies_hiring": ["a"],
        },
        "historical_data": [{"date": NOW, "demand_score": 8.2, "job_postings_count": 4500}],
    },
    "content": {
        "type": "article",
        "title": "a",
        "author": {"user_id": USER, "name": "Jane", "expertise": ["x"]},
        "content": {"body": "b", "summary": "s", "reading_time": 8},
        "metadata": {"tags": ["a", "b"], "categories": ["c"], "language": "en", "region": "global"},
        "engagement": {
            "views": 1,
            "likes": 0,
            "shares": 0,
            "comments": [{"user_id": USER, "comment": "c", "timestamp": NOW}],
        },
        "status": "published",
        "created_at": NOW,
        "updated_at": NOW,
        "published_at": NOW,
    },
}

# The fields that must be there; every other one may be left out.
REQUIRED = {
    "skills": ["name", "category", "created_at", "updated_at"],
    "user_skills": [
        "user_id",
        "skills",
        "skills.0.skill_id",
        "skills.0.level",
        "skills.0.certificates.0.name",
        "skills.0.certificates.0.issuer",
        "assessment_history.0.date",
        "assessment_history.0.skill_id",
        "assessment_history.0.score",
        "assessment_history.0.type",
    ],
    "course_content": [
        "course_id",
        "modules",
        "modules.0.module_id",
        "modules.0.title",
        "modules.0.order",
        "modules.0.content.0.type",
        "modules.0.content.1.type",
        "modules.0.content.1.questions.0.question",
        "modules.0.content.1.questions.0.options",
        "modules.0.content.1.questions.0.correct_answer",
    ],
    "job_market_trends": [
        "skill_id",
        "timestamp",
        "region",
        "metrics",
        "metrics.demand_score",
        "historical_data.0.date",
    ],
    "content": [
        "type",
        "title",
        "author",
        "author.user_id",
        "author.name",
        "content",
        "content.body",
        "engagement.comments.0.user_id",
        "engagement.comments.0.comment",
        "engagement.comments.0.timestamp",
        "status",
        "created_at",
        "updated_at",
    ],
}

# Values out of bounds or of another type: collection, field, values.
REFUSED: list[tuple[str, str, list[Any]]] = [
    ("skills", "name", ["", "x" * 121, 1, None]),
    ("skills", "category", ["", "x" * 81]),
    ("skills", "subcategory", ["x" * 81]),
    ("skills", "level_descriptors", ["beginner"]),
    ("skills", "level_descriptors.advanced", [1]),
    ("skills", "related_skills", [["x"] * 51, [""], ["x" * 121], "React"]),
    ("skills", "created_at", ["2024-06-01"]),
    ("user_skills", "user_id", [USER[:-1] + "A", USER[:-1], USER + "0", USER + "\n", "{" + USER[2:] + "}", ObjectId()]),
    ("user_skills", "skills.0.skill_id", [str(SKILL)]),
    ("user_skills", "skills.0.level", ["expert", ""]),
    ("user_skills", "skills.0.self_assessment_score", [-0.1, 10.1, "7"]),
    ("user_skills", "skills.0.verified_score", [-1, 11]),
    ("user_skills", "skills.0.endorsements_count", [-1, 1.5]),
    ("user_skills", "skills.0.certificates", [[{"name": "a", "issuer": "b"}] * 51]),
    ("user_skills", "skills.0.certificates.0.name", ["", "x" * 201]),
    ("user_skills", "assessment_history.0.score", [-1, 101]),
    ("user_skills", "assessment_history.0.type", ["", "x" * 61]),
    ("course_content", "course_id", ["x", USER.replace("-", "")]),
    ("course_content", "modules.0.order", [0, 1.5]),
    ("course_content", "modules.0.title", ["", "x" * 256]),
    ("course_content", "modules.0.content.0.type", ["film"]),
    ("course_content", "modules.0.content.0.duration_minutes", [-1]),
    ("course_content", "modules.0.content.1.questions.0.options", [["a"] * 11]),
    ("course_content", "modules.0.content.1.questions.0.correct_answer", [-1, 10]),
    ("job_market_trends", "skill_id", [str(SKILL)]),
    ("job_market_trends", "region", ["", "x" * 81]),
    ("job_market_trends", "metrics.demand_score", [-1, 10.5]),
    ("job_market_trends", "metrics.avg_salary.currency", ["US", "EURO"]),
    ("job_market_trends", "metrics.avg_salary.entry_level", [-1]),
    ("job_market_trends", "metrics.job_postings_count", [-1, 1.5]),
    ("job_market_trends", "historical_data.0.demand_score", [11]),
    ("content", "type", ["book"]),
    ("content", "author.user_id", ["x", USER.upper().replace("0", "A")]),
    ("content", "content.reading_time", [-1]),
    ("content", "metadata.tags", [["x"] * 51]),
    ("content", "metadata.categories", [["x"] * 21]),
    ("content", "metadata.language", ["e", "x" * 11]),
    ("content", "engagement.views", [-1, 1.5]),
    ("content", "engagement.comments.0.comment", ["", "x" * 5001]),
    ("content", "status", ["hidden"]),
]

LONGEST = {
    ("user_skills", "skills"): 500,
    ("user_skills", "assessment_history"): 1000,
    ("course_content", "modules"): 200,
    ("course_content", "modules.0.content"): 200,
    ("course_content", "modules.0.content.1.questions"): 200,
    ("job_market_trends", "metrics.companies_hiring"): 500,
    ("job_market_trends", "historical_data"): 1000,
    ("content", "author.expertise"): 50,
    ("content", "engagement.comments"): 1000,
}


def inner(document: Any, path: str) -> tuple[Any, str | int]:
    """Where the last name of a path stands: what holds it, and its key there."""
    *before, last = [int(name) if name.isdigit() else name for name in path.split(".")]
    for name in before:
        document = document[name]
    return document, last


def changed(collection: str, path: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(FULL[collection])
    holder, key = inner(document, path)
    holder[key] = value
    return document


def without(collection: str, path: str) -> dict[str, Any]:
    document = copy.deepcopy(FULL[collection])
    holder, key = inner(document, path)
    del holder[key]
    return document


def properties(schema: dict[str, Any]) -> int:
    """Fields of a $jsonSchema, at every depth."""
    here = schema.get("properties", {})
    return len(here) + sum(map(properties, here.values())) + properties(schema.get("items", {})) if schema else 0


def fields(document: Any, prefix: str = "") -> Iterator[str]:
    """Every path of a document, the places in lists among them."""
    for key, value in document.items() if isinstance(document, dict) else enumerate(document):
        if isinstance(document, dict):
            yield f"{prefix}{key}"
        if isinstance(value, dict | list):
            yield from fields(value, f"{prefix}{key}.")
