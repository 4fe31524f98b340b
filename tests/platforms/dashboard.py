"""The dashboard platform as its tests use it: its files, the one place that applies them, and rows by name.

Expected facts belong to the tests; nothing here knows what the platform should hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

import schemactl
from schemactl.model.version import Version
from schemactl.script.sections import parse
from schemactl.script.syntax import POSTGRES
from schemactl.session import Workspace
from schemactl.workflows import rollback
from schemactl.workflows.rollback import Reach

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "schemas" / "dashboard" / "platform.toml"
PAGE = ROOT / "docs" / "platforms" / "dashboard.md"
TARGETS = ("user_service_db", "resume_service_db", "ai_service_db")
FILES = {target: sorted((ROOT / "migrations" / "dashboard" / target).iterdir()) for target in TARGETS}

Row = dict[str, Any]
Connection = psycopg.Connection[Row]


def versions(target: str) -> list[str]:
    return [path.name.split("_")[0] for path in FILES[target]]


def workspace(url: str, target: str) -> Workspace:
    """The platform as the tool sees it, with `target` at `url`."""
    return schemactl.open(ROOT, platform="dashboard", urls={target: url})


def apply(url: str, target: str, direction: Literal["up", "down"], only: Sequence[str] | None = None) -> None:
    """Run the tool on the database at `url`: all migrations of `target`, or up to, or back over, these versions.

    raises  the run's error
    """
    if only is not None and not only:
        return
    ours = workspace(url, target)
    if direction == "up":
        result = ours.migrate(ours.plan([target], to=Version(only[-1]) if only else None))
    else:
        below = [version for version in versions(target) if only and version < only[0]]
        reach = Reach(to=Version(below[-1] if below else "0"))
        result = ours.rollback(rollback.plan([ours.site(ours.platform.target(target))], [], reach))
    if result.error is not None:
        raise result.error


def section(path: Path, direction: Literal["up", "down"]) -> tuple[bool, list[str]]:
    """Whether each statement stands alone, and the statements."""
    script = parse(path.read_text(encoding="utf-8"), POSTGRES, shown=path.name)
    found = script.up if direction == "up" else script.down
    assert found is not None, f"{path} has no way {direction}"
    return found.directives.transaction_none, [statement.text for statement in found.statements]


def connect(url: str) -> Connection:
    """A session that commits when it is told to."""
    return psycopg.connect(url, row_factory=dict_row)


def _parameter(value: object) -> object:
    return Jsonb(value) if isinstance(value, dict) else value


@dataclass(frozen=True, slots=True)
class Service:
    """One migrated database, through one session."""

    connection: Connection
    url: str

    def add(self, table: str, **values: object) -> UUID:
        """Insert one row; dicts become jsonb.

        returns  its id
        """
        columns = sql.SQL(", ").join(map(sql.Identifier, values))
        places = sql.SQL(", ").join(map(sql.Placeholder, values))
        into = sql.Identifier(table)
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(into, columns, places)
        found = self.connection.execute(statement, {key: _parameter(value) for key, value in values.items()}).fetchone()
        assert found is not None
        identity: UUID = found["id"]
        return identity

    def change(self, table: str, row: UUID, **values: object) -> None:
        pairs = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(k), sql.Placeholder(k)) for k in values)
        statement = sql.SQL("UPDATE {} SET {} WHERE id = {}").format(
            sql.Identifier(table), pairs, sql.Placeholder("row")
        )
        self.connection.execute(statement, {key: _parameter(value) for key, value in values.items()} | {"row": row})

    def remove(self, table: str, row: UUID) -> None:
        self.connection.execute(sql.SQL("DELETE FROM {} WHERE id = %s").format(sql.Identifier(table)), [row])

    def row(self, table: str, row: UUID) -> Row:
        return self.one(f"SELECT * FROM {table} WHERE id = %s", row)

    def count(self, table: str) -> int:
        counted: int = self.value(f"SELECT count(*) FROM {table}")
        return counted

    def rows(self, query: str, *parameters: object) -> list[Row]:
        return self.connection.execute(query.encode(), parameters or None).fetchall()

    def one(self, query: str, *parameters: object) -> Row:
        (found,) = self.rows(query, *parameters)
        return found

    def value(self, query: str, *parameters: object) -> Any:
        (found,) = self.one(query, *parameters).values()
        return found

    def values(self, query: str, *parameters: object) -> list[Any]:
        return [next(iter(found.values())) for found in self.rows(query, *parameters)]

    def execute(self, statement: str, *parameters: object) -> None:
        self.connection.execute(statement.encode(), parameters or None)

    @contextmanager
    def refuses(self, state: str, constraint: str | None = None) -> Iterator[None]:
        """The block must end in this SQLSTATE, by this constraint where one is named; the session goes on."""
        with pytest.raises(psycopg.Error) as stopped, self.connection.transaction():
            yield
        assert stopped.value.sqlstate == state, stopped.value
        if constraint is not None:
            assert stopped.value.diag.constraint_name == constraint


@contextmanager
def rolled_back(url: str) -> Iterator[Service]:
    """A session whose one transaction leaves nothing behind."""
    with closing(connect(url)) as connection:
        yield Service(connection, url)


def only(row: Mapping[str, Any], *names: str) -> tuple[Any, ...]:
    """The named columns of a row, in this order."""
    return tuple(row[name] for name in names)
