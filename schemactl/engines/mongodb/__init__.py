"""MongoDB 5.0 and later: a replica set, a sharded cluster, or a standalone without transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.engine import Engine, Limits
from schemactl.engines.mongodb.connection import Session
from schemactl.engines.mongodb.ledger import MongoLedger
from schemactl.engines.mongodb.lock import LockOnDemand
from schemactl.engines.mongodb.on_demand import Parts
from schemactl.running.encryption import exposed
from schemactl.running.on_demand import (
    CatalogOnDemand,
    CheckerOnDemand,
    PlannerOnDemand,
    RecoveryOnDemand,
    RightsOnDemand,
    RunnerOnDemand,
    ScriptsOnDemand,
    SeederOnDemand,
    SnapshotsOnDemand,
    VerifierOnDemand,
)

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening

_NAMESPACE_BYTES = 255  # database, dot and collection together (manual, "MongoDB Limits and Thresholds")


def open_engine(opening: Opening) -> Engine:
    """Connect and say what can be done here.

    raises  ConfigError for a URL that does not hold; ConnectError; UnsupportedError for a server that is too old
    """
    session = Session(opening)
    lock = LockOnDemand(session)
    parts = Parts(session, lock)
    return Engine(
        name="mongodb",
        server=f"MongoDB {session.version}",
        exposed=next(filter(None, (exposed(host, encrypted=session.encrypted) for host in session.hosts)), ""),
        limits=Limits(
            transactional_ddl=False,
            read_only=session.read_only,
            max_identifier_bytes=_NAMESPACE_BYTES - len(session.name.encode()) - 1,
        ),
        ledger=MongoLedger(session, lock.still_held),
        planner=PlannerOnDemand(parts.planner),
        runner=RunnerOnDemand(parts.runner),
        recovery=RecoveryOnDemand(parts.recovery),
        catalog=CatalogOnDemand(parts.catalog),
        lock=lock,
        scripts=ScriptsOnDemand(parts.scripts),
        checker=CheckerOnDemand(parts.checker),
        rights=RightsOnDemand(parts.rights),
        seeder=SeederOnDemand(parts.seeder),
        snapshots=SnapshotsOnDemand(parts.snapshots),
        verifier=VerifierOnDemand(parts.verifier),
        close=lock.close,
    )
