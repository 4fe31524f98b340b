"""Views for people over schema_events, under the names and columns of docs/formats.md. The tool itself reads none.

Source: ClickHouse manual, argMax and the functions for JSON, of which 18.16 has visitParamExtract… alone.
"""

from __future__ import annotations

from typing import Final

from schemactl.engines.clickhouse import literal

_TEXTS: Final = (
    "name",
    "description",
    "checksum",
    "checksum_algorithm",
    "up_hash",
    "applied_by",
    "tool_version",
    "state",
)


def _text(name: str) -> str:
    return f"visitParamExtractString(row, '{name}') AS {name}"


def _number(name: str) -> str:
    return f"visitParamExtractUInt(row, '{name}') AS {name}"


def _versions() -> str:
    facts = ", ".join(map(_text, _TEXTS))
    return (
        f"SELECT version_id, service_name, version, {facts},"
        " toDateTime(visitParamExtractUInt(row, 'applied_at'), 'UTC') AS applied_at,"
        f" {_number('duration_ms')}, {_number('format')}, {_text('backup_id')},"
        " visitParamExtractBool(row, 'unlocked') AS unlocked"
        " FROM (SELECT version_id, any(service_name) AS service_name, argMax(version, seq) AS version,"
        " argMax(payload, seq) AS row, argMax(kind, seq) AS last FROM schema_events"
        " WHERE kind IN ('entry', 'gone') GROUP BY version_id) WHERE last = 'entry'"
    )


def _steps() -> str:
    return (
        f"SELECT version_id, {_text('direction')}, ordinal, {_number('segment')}, {_text('statement_hash')},"
        f" {_number('line')}, {_text('state')}, visitParamExtractRaw(row, 'before') AS before, at"
        " FROM (SELECT version_id, visitParamExtractUInt(payload, 'ordinal') AS ordinal, argMax(payload, seq) AS row,"
        " argMax(kind, seq) AS last, max(seq) AS written, max(at) AS at FROM schema_events"
        " WHERE kind IN ('step', 'forget') GROUP BY version_id, ordinal) AS written_steps"
        " ANY LEFT JOIN (SELECT version_id, max(seq) AS ended FROM schema_events WHERE kind IN ('ends', 'gone')"
        " GROUP BY version_id) AS ended_ones USING version_id WHERE last = 'step' AND written > ended"
    )


def _format() -> str:
    return (
        "SELECT max(format) AS format, argMin(service, seq) AS service_name, argMin(platform, seq) AS platform,"
        " min(at) AS created_at FROM (SELECT seq, at, service_name AS service,"
        " visitParamExtractUInt(payload, 'format') AS format, visitParamExtractString(payload, 'platform') AS platform"
        " FROM schema_events WHERE kind = 'format')"
    )


_SEEDS: Final = ("name", "kind", "checksum", "environment", "applied_by", "tool_version", "head")


def _seeds() -> str:
    facts = ", ".join([*map(_text, _SEEDS), *map(_number, ("added", "changed", "same"))])
    return (
        f"SELECT last_version AS version, {facts}, last_at AS applied_at FROM (SELECT argMax(version, seq) AS"
        " last_version, argMax(payload, seq) AS row, argMax(at, seq) AS last_at FROM schema_events"
        " WHERE kind = 'seed' GROUP BY replaceRegexpOne(version, '^0+', ''))"
    )


def create_seeds(on_cluster: str, database: str) -> str:
    """The statement that makes the view `schema_seeds`, when the first seed is recorded."""
    events = f"{literal.name(database)}.schema_events"
    return f"CREATE VIEW IF NOT EXISTS schema_seeds{on_cluster} AS {_seeds().replace('schema_events', events)}"


def create(on_cluster: str, database: str) -> tuple[str, ...]:
    """The statements that make the views where they are not there; `on_cluster`: "" or ` ON CLUSTER …`."""
    # On a cluster the other servers read a name without its database as one of `default`.
    events = f"{literal.name(database)}.schema_events"
    views = {"schema_format": _format(), "schema_versions": _versions(), "schema_steps": _steps()}
    return tuple(
        f"CREATE VIEW IF NOT EXISTS {name}{on_cluster} AS {query.replace('schema_events', events)}"
        for name, query in views.items()
    )
