"""Neo4j 5.7 and later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.engine import Engine, Limits
from schemactl.engines.neo4j.absent import NO_RIGHTS
from schemactl.engines.neo4j.connection import Session
from schemactl.engines.neo4j.ledger import Neo4jLedger
from schemactl.engines.neo4j.on_demand import LockOnDemand, Parts
from schemactl.running.on_demand import (
    CatalogOnDemand,
    CheckerOnDemand,
    PlannerOnDemand,
    RecoveryOnDemand,
    RunnerOnDemand,
    ScriptsOnDemand,
    SeederOnDemand,
    SnapshotsOnDemand,
    VerifierOnDemand,
)

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening


def open_engine(opening: Opening) -> Engine:
    """Connect and say what can be done here.

    raises  ConnectError; ConfigError for a URL that does not hold; UnsupportedError for a server that is too old
    """
    session = Session(opening)
    lock = LockOnDemand(session)
    parts = Parts(session, lock)
    return Engine(
        name="neo4j",
        server=f"Neo4j {session.about.edition} {session.about.version}",
        exposed=session.exposed,
        # Longer names were accepted too; where the server stops was not found.
        limits=Limits(transactional_ddl=False, read_only=session.about.read_only, max_identifier_bytes=65_535),
        ledger=Neo4jLedger(session),
        planner=PlannerOnDemand(parts.planner),
        runner=RunnerOnDemand(parts.runner),
        recovery=RecoveryOnDemand(parts.recovery),
        catalog=CatalogOnDemand(parts.catalog),
        lock=lock,
        scripts=ScriptsOnDemand(parts.scripts),
        checker=CheckerOnDemand(parts.checker),
        rights=NO_RIGHTS,
        seeder=SeederOnDemand(parts.seeder),
        snapshots=SnapshotsOnDemand(parts.snapshots),
        verifier=VerifierOnDemand(parts.verifier),
        close=lock.close,
    )
