"""A declarative seed to its rows: every key checked, variables replaced, every complaint with its line. Opens nothing.

What the fields of a table are, only its server knows: types and names are held against it by the engine.
"""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any, Final

from schemactl.model.seed import Expanded, Lookup, Rows, SeedEnd, SeedRelationship, SeedRow
from schemactl.project import seed_csv
from schemactl.project.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemactl.errors import ConfigError
    from schemactl.project.seeds import Seed
    from schemactl.project.toml_table import Table

_KEYS: Final = ("table", "key", "where", "once", "environments", "rows", "csv", "relationships")
_REFERENCE: Final = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{")
_NO_TEXT: Final = re.compile(r"[\ud800-\udfff]")  # bytes of the environment that no UTF-8 is
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LOOKUP: Final = frozenset({"lookup", "by", "get"})
_EXTENDED: Final = frozenset(
    {"$oid", "$uuid", "$date", "$numberDecimal", "$numberLong", "$numberInt", "$numberDouble", "$binary", "$null"}
)
_Path = tuple[str | int, ...]


def rows_of(seed: Seed, environ: Mapping[str, str]) -> Rows:
    """What the seed wants.

    environ  what `${VAR}` is looked up in
    raises   ConfigError with file and line
    """
    assert seed.table is not None
    return _Reader(seed.table, environ).read(seed.csv)


class _Reader:
    def __init__(self, top: Table, environ: Mapping[str, str]) -> None:
        self._top = top
        self._environ = environ

    def read(self, csv: tuple[str, str] | None) -> Rows:
        top = self._top
        top.only(_KEYS)
        relationships = tuple(
            self._relationship(table, index) for index, table in enumerate(top.tables("relationships"))
        )
        if csv is not None and "rows" in top.data:
            raise top.error("`csv` and [[rows]] in one seed", "csv", do="keep one of the two", kind="wrong_value")
        rows: Sequence[SeedRow]
        columns: tuple[str, ...] = ()
        if csv is not None:
            rows = found = seed_csv.rows_of(csv[1], shown=csv[0])
            columns = found.columns
        else:
            rows = self._rows()
        if not rows and not relationships and csv is None:
            raise top.error("the seed has no rows", do='add [[rows]], or csv = "…"', kind="missing_key")
        alone = not rows and csv is None
        if alone and "once" in top.data:
            what = "`once` is of rows, and the seed has relationships alone"
            raise top.error(what, "once", do="take it out", kind="wrong_value")
        if alone and not any(name in top.data for name in ("table", "key", "where")):
            return Rows("", (), "", (), relationships)
        table, key = top.needed("table"), self._key()
        self._check_key(key, rows[:1] if columns else rows)
        once = self._once(key, rows[:1] if columns else rows, columns)
        at = {name: top.at(name) for name in ("table", "key", "where", "once")}
        return Rows(table, key, top.text("where") or "", rows, relationships, at, columns, once)

    def _key(self) -> tuple[str, ...]:
        top = self._top
        if isinstance(top.data.get("key"), str):
            return (top.needed("key"),)
        key = top.texts("key")
        if not key:
            raise top.error(
                "`key` is missing: what tells the rows apart", "key", do='add key = ["…"]', kind="missing_key"
            )
        return key

    def _check_key(self, key: tuple[str, ...], rows: Sequence[SeedRow]) -> None:
        plain = [name for name in key if _PLAIN.fullmatch(name)]
        for row in rows:
            for name in plain:
                if name not in row.values:
                    raise _at(self._top.error(f"the row has no `{name}`, which is its key", kind="missing_key"), row.at)

    def _once(self, key: tuple[str, ...], rows: Sequence[SeedRow], columns: tuple[str, ...]) -> frozenset[str]:
        """The names of `once`; those within an expression of the key are the engine's to find."""
        top = self._top
        names = top.texts("once")
        if "once" in top.data and not names:
            raise top.error("`once` names nothing", "once", do="name columns, or remove the line", kind="wrong_value")
        known = set(columns).union(*(row.values for row in rows)) if names else set()
        for index, name in enumerate(names):
            if name in key:
                raise top.error(
                    f"`{name}` is in `once` and in `key`: by its key a row is found each time",
                    "once",
                    index,
                    do="take it out of one of the two",
                    kind="wrong_value",
                )
            if name not in known:
                lacking = "the CSV file has no column" if columns else "no row has a field"
                do = did_you_mean(name, known.difference(key)) or "take it out"
                raise top.error(f"{lacking} `{name}`, which `once` names", "once", index, do=do, kind="wrong_value")
        return frozenset(names)

    def _rows(self) -> tuple[SeedRow, ...]:
        found = []
        for index, table in enumerate(self._top.tables("rows")):
            if not table.data:
                raise table.error("an empty row", do="name its fields, or remove it", kind="missing_key")
            found.append(SeedRow(self._values(table.data, ("rows", index)), table.at()))
        return tuple(found)

    def _relationship(self, table: Table, index: int) -> SeedRelationship:
        table.only(("type", "from", "to", "set"))
        place: _Path = ("relationships", index)
        given = table.table("set")
        values = self._values(given.data, (*place, "set")) if given is not None else {}
        ends = [self._end(table, name, (*place, name)) for name in ("from", "to")]
        return SeedRelationship(table.needed("type"), ends[0], ends[1], values, table.at())

    def _end(self, table: Table, name: str, place: _Path) -> SeedEnd:
        end = table.table(name)
        if end is None:
            raise table.error(
                f"`{name}` is missing", do=f'add {name} = {{ label = "…", by = {{ … }} }}', kind="missing_key"
            )
        end.only(("label", "by"))
        by = end.table("by")
        if by is None or not by.data:
            raise end.error("`by` is missing: what the node is found by", do="by = { id = … }", kind="missing_key")
        return SeedEnd(end.needed("label"), self._values(by.data, (*place, "by")))

    def _values(self, data: Mapping[str, Any], place: _Path) -> dict[str, Any]:
        return {name: self._value(value, (*place, name)) for name, value in data.items()}

    def _value(self, value: Any, place: _Path) -> Any:
        if isinstance(value, str):
            return self._text(value, place)
        if isinstance(value, list):
            return [self._value(inner, (*place, index)) for index, inner in enumerate(value)]
        if isinstance(value, dict):
            return self._table(value, place)
        assert isinstance(value, bool | int | float | datetime.datetime | datetime.date | datetime.time)
        return value

    def _table(self, value: dict[str, Any], place: _Path) -> Any:
        if "lookup" in value and _LOOKUP.issuperset(value):
            return self._lookup(value, place)
        special = [key for key in value if key.startswith("$")]
        if not special:
            return self._values(value, place)
        if len(value) > 1 or special[0] not in _EXTENDED:
            raise self._top.error(
                f"`{special[0]}` is no Extended JSON that a seed can hold",
                *place,
                do=f"one key alone, of {', '.join(sorted(_EXTENDED))}",
                kind="extended_json",
            )
        if "$null" in value:
            if value["$null"] is not True:
                raise self._top.error("`$null` takes true", *place, do='{ "$null" = true }', kind="extended_json")
            return None
        return self._values(value, place)

    def _lookup(self, value: dict[str, Any], place: _Path) -> Lookup:
        by, field, of = value.get("by"), value.get("get", ""), value["lookup"]
        if not isinstance(of, str) or not of or not isinstance(by, dict) or not by or not isinstance(field, str):
            raise self._top.error(
                "a lookup takes an object and what its row is found by",
                *place,
                do='write { lookup = "table", by = { name = "…" } }, with get = "column" for another than its key',
                kind="lookup",
            )
        values = self._values(by, (*place, "by"))
        if not all(map(_is_single, values.values())):
            raise self._top.error(
                "a lookup's `by` takes plain values", *place, do="find the row by its own fields", kind="lookup"
            )
        return Lookup(of, values, field)

    def _text(self, text: str, place: _Path) -> str:
        if "${" not in text:
            return text
        used = False

        def replace(match: re.Match[str]) -> str:
            nonlocal used
            if match.group() == "${":
                raise self._top.error(
                    "`${` without the name of a variable and `}`",
                    *place,
                    do="write ${NAME}; a plain `${` is written `$${`",
                    kind="reference",
                )
            if not match[1]:
                return "${"
            used = True
            value = self._environ.get(match[1])
            if not value or _NO_TEXT.search(value):
                state = "is not set" if value is None else "is not UTF-8" if value else "is empty"
                raise self._top.error(f"the variable {match[1]} {state}", *place, do=f"set {match[1]}", kind="variable")
            return value

        expanded = _REFERENCE.sub(replace, text)
        return Expanded(expanded, text) if used else expanded


def _is_single(value: Any) -> bool:
    """Whether it is one value that a row can be found by: of Extended JSON too, and never NULL."""
    if isinstance(value, dict):
        return any(name.startswith("$") for name in value)
    return value is not None and not isinstance(value, Lookup | list)


def _at(error: ConfigError, at: str) -> ConfigError:
    error.at = at
    return error
