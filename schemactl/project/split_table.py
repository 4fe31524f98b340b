"""`[split]` of platform.toml: how a monolith's objects go to the services. Checked here, understood by split."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schemactl.project.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemactl.project.toml_table import Table


def split_of(top: Table, targets: Sequence[str]) -> Mapping[str, Any] | None:
    """The checked `[split]` table as TOML values; None where the file has none.

    raises  ConfigError with file and line
    """
    table = top.table("split")
    if table is None:
        return None
    table.only(("source", "on_crossing", "map"))
    table.needed("source")
    table.choice("on_crossing", ("refuse", "drop"))
    for entry in table.tables("map"):
        _check_entry(entry, targets)
    return MappingProxyType(dict(table.data))


def _check_entry(entry: Table, targets: Sequence[str]) -> None:
    entry.only(("table", "to", "columns", "where", "embed", "node", "relationship"))
    entry.needed("table")
    entry.text("where")
    target, dot, moved = entry.needed("to").partition(".")
    if not dot or not moved:
        raise entry.error("`to` is not target.table", "to", do='write to = "target.table"', kind="wrong_value")
    if target not in targets:
        raise entry.error(
            f"`to` speaks of the target `{target}`, which this platform does not have",
            "to",
            do=did_you_mean(target, targets),
            kind="unknown_target",
        )
    columns = entry.table("columns")
    if columns is not None:
        for column in columns.data:
            columns.needed(column)
    for key in ("embed", "node", "relationship"):
        _check_shape(entry, key)


def _check_shape(entry: Table, key: str) -> None:
    """A table, or a list of tables; what is in them is for the engine that is loaded to say."""
    if isinstance(entry.data.get(key), list):
        for _ in entry.tables(key):
            pass
    else:
        entry.table(key)
