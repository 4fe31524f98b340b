"""`[[references]]` of platform.toml: links between services that no foreign key guards, in both forms.

Checks that targets exist and paths can be read; whether the data holds is verify's to find out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from schemactl.project.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.project.toml_table import Table

ComparedAs = Literal["uuid", "oid", "int", "text"]
OnOrphan = Literal["fail", "warn"]

_NAME = r'(?:"(?:""|[^"])+"|[^\s".,()\[\]]+)'
_COMPOSITE = rf"\(\s*{_NAME}(?:\s*,\s*{_NAME})+\s*\)"
_LEVEL = rf"{_NAME}(?:\[\])*"
_PATH = re.compile(rf"(?:{_LEVEL}\.)*(?:{_LEVEL}|{_COMPOSITE})")
_SHORTHAND = re.compile(rf"(?P<target>{_NAME})\.(?P<object>{_NAME})\.(?P<path>{_NAME}|{_COMPOSITE})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One end of a reference.

    object      table, `schema.table`, collection, `:Label` or `[:TYPE]`
    path        names joined by `.`, `[]` after a level that is a list, `"quotes"` where needed, `(a,b)` a composite
    compare_as  the form both ends are brought to before they are compared; None: as they are
    where       a condition in the engine's own language that rows must meet to count; None: all rows
    ignore      values that are no reference
    """

    target: str
    object: str
    path: str
    compare_as: ComparedAs | None = None
    where: str | None = None
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Every value at `source` is to be found at `referred`; `max_orphans` of those that are not are let pass."""

    source: Endpoint
    referred: Endpoint
    on_orphan: OnOrphan = "fail"
    max_orphans: int = 0
    at: str


def references(top: Table, targets: Sequence[str]) -> tuple[Reference, ...]:
    """All references of a platform, in the order of the file.

    raises  ConfigError with file and line
    """
    return tuple(_reference(table, targets) for table in top.tables("references"))


def _reference(table: Table, targets: Sequence[str]) -> Reference:
    table.only(("from", "to", "on_orphan", "max_orphans"))
    source, referred = _end(table, "from", targets), _end(table, "to", targets)
    if _columns(source.path) != _columns(referred.path):
        raise table.error(
            f"`from` compares {_columns(source.path)} columns, `to` {_columns(referred.path)}",
            "to",
            do="name as many columns on both sides",
            kind="wrong_value",
        )
    return Reference(
        source=source,
        referred=referred,
        on_orphan=cast("OnOrphan", table.choice("on_orphan", ("fail", "warn")) or "fail"),
        max_orphans=table.number("max_orphans", least=0) or 0,
        at=table.at(),
    )


def _end(table: Table, key: str, targets: Sequence[str]) -> Endpoint:
    if isinstance(table.data.get(key), dict):
        full = table.table(key)
        end = _full(full) if full else None
    else:
        end = _shorthand(table, key)
    if end is None or end.target not in targets:
        wanted = end.target if end else ""
        raise table.error(
            f"`{key}` speaks of the target `{wanted}`, which this platform does not have",
            key,
            do=did_you_mean(wanted, targets),
            kind="unknown_target",
        )
    return end


def _shorthand(table: Table, key: str) -> Endpoint:
    text = table.needed(key)
    match = _SHORTHAND.fullmatch(text)
    if match is None:
        raise table.error(
            f"`{key}` is {text!r}, not target.table.column",
            key,
            do=f'for anything else: {key} = {{ target = "…", object = "…", path = "…" }}',
            kind="wrong_value",
        )
    return Endpoint(target=_bare(match["target"]), object=_bare(match["object"]), path=match["path"])


def _full(table: Table) -> Endpoint:
    table.only(("target", "object", "path", "as", "where", "ignore"))
    path = table.needed("path")
    if not _PATH.fullmatch(path):
        raise table.error(
            f"`path` cannot be read: {path!r}",
            "path",
            do='names joined by `.`, `[]` after a list, "quotes" round odd names, (a,b) for several columns',
            kind="wrong_value",
        )
    return Endpoint(
        target=table.needed("target"),
        object=table.needed("object"),
        path=path,
        compare_as=cast("ComparedAs | None", table.choice("as", ("uuid", "oid", "int", "text"))),
        where=table.text("where"),
        ignore=table.texts("ignore"),
    )


def _bare(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _columns(path: str) -> int:
    """How many columns a path names: 1, unless it ends in a composite."""
    found = re.search(rf"{_COMPOSITE}\Z", path)
    return len(re.findall(_NAME, found.group())) if found else 1
