"""What JobHub's page says of erased users, rows beside the months and months that go; its checks hold after it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from tests.platforms.dashboard import Service
from tests.platforms.jobhub import ERASURE, ON_POSTGRES, PARTITIONED, block, block_with, finding
from tests.platforms.jobhub_rows import add_good_rows

ONE, TWO = (UUID(f"00000000-0000-4000-8000-00000000000{n}") for n in (1, 2))
Open = Callable[[str], Service]

UUIDS = """
    SELECT c.relname AS table, a.attname AS column FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND a.atttypid = 'uuid'::regtype AND (a.attname IN ('employer_id', 'applicant_id', 'requester_id', 'addressee_id',
          'reviewer_id', 'sender_id', 'viewer_id', 'user_id') OR a.attname LIKE '%\\_by')
"""


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_two_users_are_erased_and_nothing_says_who_they_were(target: str, jobhub_service: Open) -> None:
    service = jobhub_service(target)
    add_good_rows(service, target)
    texts = [block("any", "UPDATE domain_events")]
    texts += [block(target, ERASURE[target])] if target in ERASURE else [block(target, "UPDATE audit_logs")]
    for user in (ONE, TWO):
        for text in texts:
            service.execute(text.replace(str(ONE), str(user)))
        if target == "auth_db":
            service.remove("users", user)
    columns = service.rows(UUIDS)
    assert len(columns) == {"auth_db": 6, "user_db": 11, "job_db": 7}.get(target, len(columns))
    for row in columns:
        left = service.value(f"SELECT count(*) FROM {row['table']} WHERE {row['column']} IN (%s, %s)", ONE, TWO)
        assert left == 0, row
    assert service.values("SELECT DISTINCT event_data FROM domain_events WHERE aggregate_type = 'user'") == [{}]
    assert finding(service, target) == []


@pytest.mark.parametrize(("target", "table"), [("job_db", "jobs"), ("company_db", "companies")])
def test_the_checks_hold_after_a_posting_or_a_company_was_deleted(
    target: str, table: str, jobhub_service: Open
) -> None:
    service = jobhub_service(target)
    add_good_rows(service, target)
    service.execute(block(target, f"UPDATE {table}"))
    assert service.count(f"{table} WHERE deleted_at IS NOT NULL") == 1
    assert finding(service, target) == []


def test_the_audit_log_forgets_the_values_of_who_is_erased_and_keeps_what_was_done(jobhub_service: Open) -> None:
    service = jobhub_service("auth_db")
    add_good_rows(service, "auth_db")
    service.execute(block("auth_db", "UPDATE audit_logs"))
    service.remove("users", ONE)
    kept = service.rows("SELECT action, old_values, ip_address FROM audit_logs WHERE old_values IS NOT NULL")
    assert (kept, service.count("audit_logs")) == ([], 4)


def test_rows_beside_the_months_are_moved_into_theirs(jobhub_service: Open) -> None:
    service = jobhub_service("auth_db")
    for at in ("2031-02-01Z", "2031-02-28 23:59Z", "2031-03-01Z"):
        service.add("audit_logs", action="x", created_at=at)
    service.execute(block("auth_db", "CREATE TEMP TABLE beside"))
    assert service.count("audit_logs_y2031m02") == 2
    assert service.count("audit_logs_default") == 1


def test_messages_beside_the_months_are_moved_with_what_refers_to_them(jobhub_service: Open) -> None:
    service = jobhub_service("message_db")
    add_good_rows(service, "message_db")
    # All that were said last, among them replies of which one is to a message of this day.
    service.execute("SET LOCAL session_replication_role = replica; SET LOCAL TimeZone = 'UTC'")
    service.execute(f"UPDATE messages SET created_at = '2031-02-03Z' WHERE id = '{ONE}'")
    service.execute("UPDATE messages SET parent_created_at = '2031-02-03Z' WHERE parent_message_id IS NOT NULL")
    service.execute("UPDATE messages SET created_at = '2031-02-04Z' WHERE is_deleted")
    for table in ("message_reactions", "message_attachments"):
        service.execute(f"UPDATE {table} SET message_created_at = '2031-02-03Z'")
    service.execute("SET LOCAL session_replication_role = origin")
    assert service.count("messages_default") == 2
    service.execute(block("message_db", "CREATE TEMP TABLE beside"))
    assert [service.count(f"messages_{part}") for part in ("y2031m02", "default")] == [2, 0]
    assert service.values("SELECT parent_message_id FROM messages WHERE parent_message_id IS NOT NULL") == [ONE] * 2
    assert [service.count(table) for table in ("message_reactions", "message_attachments")] == [3, 1]
    assert finding(service, "message_db") == []


@pytest.mark.parametrize("target", PARTITIONED)
def test_the_checks_hold_after_a_month_with_rows_has_gone(target: str, jobhub_service: Open) -> None:
    service, table = jobhub_service(target), PARTITIONED[target]
    add_good_rows(service, target)
    for back in (0, 1):
        # First what lies in this month, then what it refers to in the month before.
        leaf = service.value(
            "SELECT %s || to_char(now() AT TIME ZONE 'UTC' - make_interval(months => %s), '_\"y\"YYYY\"m\"MM')",
            table,
            back,
        )
        assert service.count(leaf) > 0
        # audit_logs goes as job_views does, by what the page says of both.
        shown = target if target != "auth_db" else "job_db"
        text = block_with(shown, f"DROP TABLE {PARTITIONED[shown]}_y2031m02").replace(PARTITIONED[shown], table)
        service.execute(text.replace(f"{table}_y2031m02", leaf))
        if back == 0:
            service.execute(f"SELECT ensure_month_partition('{table}', (now() AT TIME ZONE 'UTC')::date)")
        assert finding(service, target) == []
    assert service.count(table) == 0
