"""Passwords for other servers, as a server writes them down that hides none: nothing of them is in a catalogue."""

from __future__ import annotations

import pytest

from schemactl.engines.clickhouse.catalog_secrets import hidden

PASSWORD = "pw-7c1"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("MySQL('h:1', 'd', 't', 'u', 'pw-7c1')", "MySQL('h:1', 'd', 't', 'u', '[HIDDEN]')"),
        ("PostgreSQL('h:1', 'd', 't', 'u', 'pw-7c1', 's')", "PostgreSQL('h:1', 'd', 't', 'u', '[HIDDEN]', 's')"),
        ("MongoDB('h:1', 'd', 'c', 'u', 'pw-7c1')", "MongoDB('h:1', 'd', 'c', 'u', '[HIDDEN]')"),
        ("MongoDB('mongodb://u:pw-7c1@h/d', 'c')", "MongoDB('mongodb://u:[HIDDEN]@h/d', 'c')"),
        ("Redis('h:1', 0, 'pw-7c1')", "Redis('h:1', 0, '[HIDDEN]')"),
        ("SELECT 1 FROM remote('h', d, t, 'u', 'pw-7c1')", "SELECT 1 FROM remote('h', d, t, 'u', '[HIDDEN]')"),
        ("SELECT 1 FROM remote('h', d.t, 'u', 'pw-7c1')", "SELECT 1 FROM remote('h', d.t, 'u', '[HIDDEN]')"),
        (
            "SELECT 1 FROM remoteSecure('h', numbers(1), 'u', 'pw-7c1')",
            "SELECT 1 FROM remoteSecure('h', numbers(1), 'u', '[HIDDEN]')",
        ),
        ("URL('http://u:pw-7c1@h/x', CSV)", "URL('http://u:[HIDDEN]@h/x', CSV)"),
        ("S3('https://b/x', 'key', 'pw-7c1')", "S3('https://b/x', 'key', '[HIDDEN]')"),
        ("S3('https://b/x', 'key', 'pw-7c1', 'CSV')", "S3('https://b/x', 'key', '[HIDDEN]', 'CSV')"),
        ("ODBC('DSN=x;PWD=pw-7c1;A=b', 'd', 't')", "ODBC('DSN=x;PWD=[HIDDEN];A=b', 'd', 't')"),
        (
            "AzureBlobStorage('AccountName=a;AccountKey=pw-7c1;X=y', 'c', 'b')",
            "AzureBlobStorage('AccountName=a;AccountKey=[HIDDEN];X=y', 'c', 'b')",
        ),
        (
            "CREATE DICTIONARY d (k UInt64) SOURCE(CLICKHOUSE(USER 'u' PASSWORD 'pw-7c1' TABLE 't'))",
            "CREATE DICTIONARY d (k UInt64) SOURCE(CLICKHOUSE(USER 'u' PASSWORD '[HIDDEN]' TABLE 't'))",
        ),
        (
            "Kafka SETTINGS kafka_topic_list = 't', kafka_sasl_password = 'pw-7c1'",
            "Kafka SETTINGS kafka_topic_list = 't', kafka_sasl_password = '[HIDDEN]'",
        ),
    ],
)
def test_a_password_is_hidden_wherever_an_engine_takes_one(written: str, told: str) -> None:
    assert PASSWORD in written
    assert hidden(written) == told


@pytest.mark.parametrize(
    "written",
    [
        "MergeTree() ORDER BY id",
        "SELECT 1 FROM remote('h', d, t)",
        "SELECT 1 FROM remote('h', d, t, 'u')",
        "S3('https://b/x', 'CSV')",
        "S3('https://b/x', 'CSV', 'gzip')",
        "S3('https://b/x', NOSIGN, 'CSV')",
        "URL('http://h:80/x', CSV)",
        "SELECT 1 FROM t WHERE password = 'none'",
        "CREATE TABLE t (password String DEFAULT 'none')",
    ],
)
def test_what_is_no_password_stays(written: str) -> None:
    assert hidden(written) == written
