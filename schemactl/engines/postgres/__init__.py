"""PostgreSQL 15 and later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.engine import Engine, Limits
from schemactl.engines.postgres.connection import Session
from schemactl.engines.postgres.ledger import PostgresLedger
from schemactl.engines.postgres.on_demand import LockOnDemand, Parts
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


def open_engine(opening: Opening) -> Engine:
    """Connect and say what can be done here.

    raises  ConnectError; UnsupportedError for a server that is too old
    """
    session = Session(opening)
    parts = Parts(session)
    return Engine(
        name="postgres",
        server=f"PostgreSQL {session.connection.info.parameter_status('server_version') or session.major}",
        exposed=exposed(session.connection.info.host, encrypted=bool(session.connection.pgconn.ssl_in_use)),
        limits=Limits(transactional_ddl=True, read_only=_read_only(session), max_identifier_bytes=63),
        ledger=PostgresLedger(session),
        planner=PlannerOnDemand(parts.planner),
        runner=RunnerOnDemand(parts.runner),
        recovery=RecoveryOnDemand(parts.recovery),
        catalog=CatalogOnDemand(parts.catalog),
        lock=LockOnDemand(session),
        scripts=ScriptsOnDemand(parts.scripts),
        checker=CheckerOnDemand(parts.checker),
        rights=RightsOnDemand(parts.rights),
        seeder=SeederOnDemand(parts.seeder),
        snapshots=SnapshotsOnDemand(parts.snapshots),
        verifier=VerifierOnDemand(parts.verifier),
        close=session.close,
    )


def _read_only(session: Session) -> str:
    # Both are reported by the server on connection and at each change (manual, "Protocol Flow", ParameterStatus).
    status = session.connection.info.parameter_status
    if status("in_hot_standby") == "on":
        return "the server is a standby, which takes no writes"
    if status("default_transaction_read_only") == "on":
        return "default_transaction_read_only is on for this user or database"
    return ""
