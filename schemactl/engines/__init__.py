"""Which engines there are. The only place that imports an engine by name; each loads its driver when it is opened."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from schemactl.contract.engine import Engine
from schemactl.errors import UnsupportedError

if TYPE_CHECKING:
    from schemactl.contract.admin import Admin
    from schemactl.contract.opening import Opening


class Known(NamedTuple):
    """An engine by name. `module` is None where it is not written yet; `driver` is what its extra installs.

    seeds  what one seed is there, in a few words; an open engine says it of its very server (Seeder.promise)
    lacks  fields of contract.engine.Engine that this version has Missing on each of its servers
    """

    name: str
    title: str
    module: str | None
    driver: str
    extra: str
    seeds: str
    lacks: frozenset[str] = frozenset()

    @property
    def installed(self) -> bool:
        return find_spec(self.driver) is not None


_ONE = "one transaction each"
_NO_RIGHTS = frozenset({"rights"})
KNOWN = {
    known.name: known
    for known in (
        Known("postgres", "PostgreSQL", "schemactl.engines.postgres", "psycopg", "postgres", _ONE),
        Known(
            "clickhouse",
            "ClickHouse",
            "schemactl.engines.clickhouse",
            "clickhouse_driver",
            "clickhouse",
            "without a transaction: what a death leaves, the next run mends",
            _NO_RIGHTS,
        ),
        Known(
            "mongodb",
            "MongoDB",
            "schemactl.engines.mongodb",
            "pymongo",
            "mongodb",
            "one transaction each; on a standalone server one document that differs",
        ),
        Known("neo4j", "Neo4j", "schemactl.engines.neo4j", "neo4j", "neo4j", _ONE, _NO_RIGHTS),
    )
}


def open_engine(name: str, opening: Opening) -> Engine:
    """Open `name` for one target.

    raises  UnsupportedError (15) where the engine or its driver is not there; ConnectError (11)
    """
    engine = import_module(_module(name, opening)).open_engine(opening)
    assert isinstance(engine, Engine)
    return engine


def open_admin(name: str, opening: Opening) -> Admin:
    """Open a server of `name` by its administrator's address. raises  as open_engine"""
    from schemactl.contract.admin import Admin

    admin = import_module(f"{_module(name, opening)}.admin").open_admin(opening)
    assert isinstance(admin, Admin)
    return admin


def _module(name: str, opening: Opening) -> str:
    known = KNOWN[name]
    if known.module is None:
        raise UnsupportedError(
            f"this version has no {known.title} engine",
            do="leave this target out",
            kind="no_engine",
            target=opening.target,
        )
    if not known.installed:
        raise UnsupportedError(
            f"the driver {known.driver} is not installed",
            do=f"pip install 'schemactl[{known.extra}]'",
            kind="no_driver",
            target=opening.target,
        )
    return known.module
