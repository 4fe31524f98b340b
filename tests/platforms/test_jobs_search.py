"""Search of the job platform: what is found and in which order, statistics by day, retention."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.platforms.dashboard import Service
from tests.platforms.jobs import Open, before, change
from tests.platforms.postgres_facts import add, checks

DAY = date(2024, 6, 1)
NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def search(on: Open) -> Service:
    return on("search_db")


def entry(search: Service, number: int, title: str, kind: str = "job", **values: object) -> int:
    made: int = add(search, "search_indexes", entity_type=kind, entity_id=number, title=title, **values)["id"]
    return made


def asked(search: Service, query: str = "SQL", **values: object) -> int:
    given = {"query_text": query, "results_count": 1, "duration_ms": 10, "searched_at": NOON} | values
    number: int = add(search, "search_history", **given)["id"]
    return number


def found(search: Service, query: str, **given: object) -> list[object]:
    slots = "".join(f", {name} => %s" for name in given)
    return search.values(f"SELECT entity_id FROM search_entities(%s{slots})", query, *given.values())


def test_titles_come_before_texts_and_equals_by_number(search: Service) -> None:
    entry(search, 1, "Clerk", body="for engineers")
    entry(search, 3, "Engineer"), entry(search, 2, "Engineering")
    entry(search, 4, "Baker")
    assert found(search, "engineer") == [2, 3, 1]
    rows = search.rows("SELECT * FROM search_entities('baker')")
    assert [(row["entity_type"], row["entity_id"], row["title"]) for row in rows] == [("job", 4, "Baker")]
    assert rows[0]["rank"] > 0


def test_people_ask_as_they_write(search: Service) -> None:
    entry(search, 1, "Data Engineer"), entry(search, 2, "Engineer of Data"), entry(search, 3, "Data Clerk")
    assert found(search, '"data engineer"') == [1]
    assert found(search, "data -engineer") == [3]
    assert found(search, "clerk or engineer") == [1, 2, 3]
    assert (found(search, 'un"closed & ('), found(search, "")) == ([], [])


def test_a_search_is_narrowed_by_kind_filters_and_pages(search: Service) -> None:
    entry(search, 1, "Engineer", filters={"remote": True, "place": {"city": "Bern"}})
    entry(search, 2, "Engineer", filters={"remote": False})
    entry(search, 3, "Engineer", "company"), entry(search, 4, "Engineer", "user")
    entry(search, 5, "Engineer", is_active=False)
    assert found(search, "engineer") == [1, 2, 3, 4]
    assert found(search, "engineer", p_entity="company") == [3]
    assert found(search, "engineer", p_filters='{"place": {"city": "Bern"}}') == [1]
    assert found(search, "engineer", p_limit=2) == [1, 2]
    assert found(search, "engineer", p_limit=2, p_offset=3) == [4]


def test_boost_raises_what_is_found_and_finds_nothing_more(search: Service) -> None:
    entry(search, 1, "Engineer"), entry(search, 2, "Engineer", boost=3), entry(search, 3, "Baker", boost=9)
    assert found(search, "engineer") == [2, 1]


def test_an_entry_is_rewritten_with_what_it_is_about(search: Service) -> None:
    number = entry(search, 1, "Engineer", keywords=["sql"])
    change(search, "search_indexes", number, title="Baker", source_version=2)
    assert (found(search, "engineer"), found(search, "baker")) == ([], [1])
    assert search.values("SELECT entity_id FROM search_indexes WHERE keywords @> '{sql}'") == [1]
    with search.refuses("23505", "search_indexes_entity_type_entity_id_key"):
        entry(search, 1, "Again")
    entry(search, 1, "Another kind", "user")


def test_a_day_in_utc_is_counted_by_query_and_kind(search: Service) -> None:
    asked(search, " SQL ", results_count=0, duration_ms=10)
    asked(search, "sql", duration_ms=20, clicked_entity_id=1, clicked_position=2)
    asked(
        search,
        "Sql",
        duration_ms=60,
        clicked_entity_id=2,
        clicked_position=5,
        searched_at=datetime(2024, 6, 1, tzinfo=UTC),
    )
    asked(search, "sql", entity_type="job")
    asked(search, "late", searched_at=datetime(2024, 6, 2, tzinfo=UTC))
    # A session in another zone counts the same day.
    search.execute("SET LOCAL timezone = 'Asia/Tokyo'")
    asked(search, "early", searched_at=datetime(2024, 5, 31, 23, 59, tzinfo=UTC))
    assert search.value("SELECT rollup_search_analytics(%s)", DAY) == 2
    rows = search.rows(
        "SELECT day, entity_type, query_normalized, searches, zero_results, clicks, avg_duration_ms, p95_duration_ms,"
        " avg_click_position FROM search_analytics ORDER BY entity_type"
    )
    assert [tuple(row.values()) for row in rows] == [
        (DAY, "all", "sql", 3, 1, 2, Decimal(30), Decimal(56), Decimal("3.5")),
        (DAY, "job", "sql", 1, 0, 0, Decimal(10), Decimal(10), None),
    ]


def test_a_day_that_is_counted_again_is_counted_anew(search: Service) -> None:
    asked(search)
    search.execute("SELECT rollup_search_analytics(%s)", DAY)
    asked(search, results_count=0)
    assert search.value("SELECT rollup_search_analytics(%s)", DAY) == 1
    assert tuple(search.one("SELECT searches, zero_results FROM search_analytics").values()) == (2, 1)


def test_queries_that_found_nothing_are_listed(search: Service) -> None:
    for day, misses in ((DAY, 1), (date(2024, 6, 2), 2)):
        add(search, "search_analytics", day=day, query_normalized="cobol", searches=3, zero_results=misses)
    add(search, "search_analytics", day=DAY, query_normalized="sql", searches=3)
    assert [tuple(row.values()) for row in search.rows("SELECT * FROM search_zero_results")] == [
        ("cobol", "all", 3, 6, date(2024, 6, 2))
    ]


def test_history_goes_by_its_age(search: Service) -> None:
    asked(search, searched_at=before(days=400))
    kept = asked(search, searched_at=before(days=300))
    assert search.value("SELECT purge_search_history('13 months')") == 1
    assert search.values("SELECT id FROM search_history") == [kept]


@pytest.mark.parametrize(
    ("table", "values", "constraint"),
    [
        ("search_indexes", {"entity_type": "city"}, "search_indexes_entity_type_check"),
        ("search_indexes", {"boost": 0}, "search_indexes_boost_check"),
        ("search_history", {"entity_type": "city"}, "search_history_entity_type_check"),
        ("search_history", {"results_count": -1}, "search_history_results_count_check"),
        ("search_history", {"duration_ms": -1}, "search_history_duration_ms_check"),
        ("search_analytics", {"zero_results": 2}, "search_analytics_check"),
    ],
)
def test_what_cannot_be_is_refused(search: Service, table: str, values: dict[str, object], constraint: str) -> None:
    numbers = {
        "search_indexes": entry(search, 1, "x"),
        "search_history": asked(search),
        "search_analytics": add(search, "search_analytics", day=DAY, query_normalized="x", searches=1)["id"],
    }
    with search.refuses("23514", constraint):
        change(search, table, numbers[table], **values)


def test_a_check_finds_more_clicks_than_searches(search: Service) -> None:
    check = checks("jobs", "search_db")["01_clicks_are_of_searches"]
    add(search, "search_analytics", day=DAY, query_normalized="x", searches=2, clicks=2)
    assert search.rows(check) == []
    add(search, "search_analytics", day=DAY, query_normalized="y", searches=2, clicks=3)
    assert [row["query_normalized"] for row in search.rows(check)] == ["y"]
