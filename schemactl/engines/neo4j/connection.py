"""A target's session: the driver and its connections, the database, and what every transaction of ours carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from schemactl.engines.neo4j.address import Address, parse
from schemactl.engines.neo4j.failure import connecting, is_driver_error, reading
from schemactl.errors import ConnectError, UnsupportedError
from schemactl.running.encryption import exposed

if TYPE_CHECKING:
    import neo4j

    from schemactl.contract.opening import Opening

OLDEST = (5, 7)  # docs/engines/neo4j.md
METADATA = "schemactl"
_POOL = 6  # the work, the heartbeat, whoever watches the work, what holds the ledger meanwhile, and spare ones


class About(NamedTuple):
    """What the server said of itself when it was asked first."""

    edition: str
    version: str
    read_only: str


class Session:
    """One driver on one database.

    token  of the lease that is held, "" for none: every transaction carries it as metadata, so that whoever takes the
           lease over finds in the server what the one before left there
    unclean  since the token was taken, something was sent under it whose end nobody has heard of
    """

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.token = ""
        self.unclean = False
        self._address = parse(opening)
        self.driver = _driver(self._address, opening)
        try:
            self.database = self._name()
            self.about = self._ask_about()
        except BaseException as error:
            self.driver.close()
            if is_driver_error(error):
                raise connecting(error, opening, self._address.password) from None
            raise

    @property
    def target(self) -> str:
        return self.opening.target

    @property
    def user(self) -> str:
        return self._address.user

    @property
    def exposed(self) -> str:
        return exposed(self._address.host, encrypted=self._address.encrypted)

    def session(self) -> neo4j.Session:
        """A session on the target's database: it reads what any other of this engine wrote, on a cluster too."""
        return self.driver.session(
            database=self.database, bookmark_manager=self.driver.execute_query_bookmark_manager, fetch_size=1000
        )

    def reading_session(self) -> neo4j.Session:
        """The same, in which the server takes no write."""
        return self.driver.session(
            database=self.database,
            bookmark_manager=self.driver.execute_query_bookmark_manager,
            fetch_size=1000,
            default_access_mode="READ",
        )

    def metadata(self) -> dict[str, str]:
        return {METADATA: self.token}

    def read(self, text: str, what: str, **values: Any) -> list[dict[str, Any]]:
        """The rows of one statement of ours in a transaction of its own.

        what    what it is for, for the message: "reading the ledger"
        raises  ConnectError, StatementError
        """
        try:
            return self.ask(text, **values)
        except Exception as error:
            raise self.trouble(error, what) from error

    def ask(self, text: str, *, timeout_s: float | None = None, **values: Any) -> list[dict[str, Any]]:
        """The same, with the driver's own errors. A statement of ours is never sent a second time by the driver."""
        import neo4j

        with self.session() as session:
            query = neo4j.Query(text, metadata=self.metadata(), timeout=timeout_s)
            return session.run(query, values).data()

    def trouble(self, error: BaseException, what: str) -> BaseException:
        """The error to raise for what the driver raised; anything else comes back as it is."""
        if not is_driver_error(error):
            return error
        told = reading(error, self.opening, what)
        self.unclean = self.unclean or told.kind == "connection_lost"
        return told

    def close(self) -> None:
        self.driver.close()

    def _name(self) -> str:
        """The database's own name: the URL may say none, an alias, or the name in other letters."""
        with self.driver.session(database=self._address.database or None) as session:
            record = session.run("CALL db.info() YIELD name RETURN name").single()
        return str(record["name"]) if record else self._address.database or "neo4j"

    def _ask_about(self) -> About:
        rows = self.ask("CALL dbms.components() YIELD name, versions, edition RETURN versions[0] AS version, edition")
        version, edition = str(rows[0]["version"]), str(rows[0]["edition"])
        self._refuse_old(version)
        rows = self.ask(
            "SHOW DATABASES YIELD name, access, writer, currentStatus, address WHERE name = $database"
            " RETURN access, writer, currentStatus AS status",
            database=self.database.lower(),
        )
        return About(edition, version, self._read_only(rows))

    def _read_only(self, rows: list[dict[str, Any]]) -> str:
        if rows and not any(row["status"] == "online" for row in rows):
            raise ConnectError(
                f"the database {self.database} is {rows[0]['status']}",
                at=self.opening.shown,
                now="nothing was changed",
                do=f"START DATABASE {self.database}, then run the command again",
                kind="starting",
                target=self.target,
            )
        if rows and all(row["access"] == "read-only" for row in rows):
            return f"the server takes no writes to the database {self.database}"
        # By neo4j:// the driver finds the member that takes writes; by bolt:// it stays where it was sent.
        if self._address.uri.startswith("bolt") and len(rows) == 1 and rows[0]["writer"] is False:
            return "this member of the cluster takes no writes; neo4j:// in the URL finds the one that does"
        return ""

    def _refuse_old(self, version: str) -> None:
        numbers = tuple(int(part) for part in version.split("-")[0].split(".")[:2] if part.isdigit())
        if numbers < OLDEST:
            raise UnsupportedError(
                f"the server is Neo4j {version}; {'.'.join(map(str, OLDEST))} is the oldest that is supported",
                at=self.opening.shown,
                do="upgrade the server",
                kind="version",
                target=self.target,
            )


def _driver(address: Address, opening: Opening) -> neo4j.Driver:
    """The driver, which has not connected yet. raises  ConnectError where it cannot read its address"""
    import neo4j

    options: dict[str, Any] = {}
    if address.authority:
        options = {"encrypted": True, "trusted_certificates": neo4j.TrustCustomCAs(address.authority)}
    try:
        return neo4j.GraphDatabase.driver(
            address.uri,
            auth=(address.user, address.password) if address.user else None,
            user_agent=f"schemactl {opening.target}",
            connection_timeout=float(opening.connect_timeout_s),
            connection_acquisition_timeout=float(opening.connect_timeout_s),
            max_connection_pool_size=_POOL,
            notifications_min_severity="OFF",
            telemetry_disabled=True,
            **options,
        )
    except Exception as error:
        raise connecting(error, opening, address.password) from None
