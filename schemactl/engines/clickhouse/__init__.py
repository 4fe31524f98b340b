"""ClickHouse: 18.16 by the native protocol, 26.9 as a library in a child process (chdb)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from schemactl.contract.engine import Engine, Limits
from schemactl.engines.clickhouse.absent import NO_RIGHTS
from schemactl.engines.clickhouse.address import is_encrypted
from schemactl.engines.clickhouse.catalog import ClickHouseCatalog
from schemactl.engines.clickhouse.checks import ClickHouseChecker
from schemactl.engines.clickhouse.connection import Session
from schemactl.engines.clickhouse.hands import ClickHouseHands
from schemactl.engines.clickhouse.ledger import ClickHouseLedger
from schemactl.engines.clickhouse.lock import ClickHouseLock
from schemactl.engines.clickhouse.planner import ClickHousePlanner
from schemactl.engines.clickhouse.recovery import ClickHouseRecovery, ClickHouseScripts
from schemactl.engines.clickhouse.seeding import ClickHouseSeeder
from schemactl.running.encryption import exposed
from schemactl.running.on_demand import SnapshotsOnDemand, VerifierOnDemand
from schemactl.running.stepwise import StepwiseRunner

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening
    from schemactl.contract.snapshots import Snapshots
    from schemactl.contract.verifying import Verifier


def open_engine(opening: Opening) -> Engine:
    """Connect and say what can be done here.

    raises  ConnectError; ConfigError for the URL; LockedError where another process has chdb's folder open
    """
    session = Session(opening)
    lock = ClickHouseLock(session)
    session.still_held = lock.still_held

    def close() -> None:
        lock.close()
        session.close()

    return Engine(
        name="clickhouse",
        server=f"ClickHouse {session.facts.full_version}",
        exposed=_exposed(session),
        limits=Limits(
            transactional_ddl=False,
            read_only=session.facts.read_only,
            max_identifier_bytes=session.facts.longest_name,
        ),
        ledger=ClickHouseLedger(session),
        planner=ClickHousePlanner(session.facts.cluster, session.facts.database),
        runner=StepwiseRunner(opening, ClickHouseHands(session, lock)),
        recovery=ClickHouseRecovery(session),
        catalog=ClickHouseCatalog(session),
        lock=lock.held,
        scripts=ClickHouseScripts(session),
        checker=ClickHouseChecker(session),
        rights=NO_RIGHTS,
        seeder=ClickHouseSeeder(session, lock),
        snapshots=SnapshotsOnDemand(_snapshots),
        verifier=VerifierOnDemand(lambda: _verifier(session)),
        close=close,
    )


def _snapshots() -> Snapshots:
    from schemactl.engines.clickhouse.snapshot import ClickHouseSnapshots

    return ClickHouseSnapshots()


def _verifier(session: Session) -> Verifier:
    from schemactl.engines.clickhouse.verifying import ClickHouseVerifier

    return ClickHouseVerifier(session)


def _exposed(session: Session) -> str:
    """The warning of the first connection without TLS that leaves the machine: to the URL's host, or to a replica."""
    url = session.opening.url
    hosts = [urlsplit(url).hostname or "", *(replica.host for replica in session.facts.replicas)]
    return next(filter(None, (exposed(host, encrypted=is_encrypted(url)) for host in hosts)), "")
