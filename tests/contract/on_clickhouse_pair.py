"""ClickHouse's harness for a cluster: two replicas of 18.16 with ZooKeeper, reached at the first, looked at on both."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from schemactl.sandbox.clickhouse_pair import CLUSTER
from tests.contract.clickhouse_dialect import GROUND, NATIVE
from tests.contract.on_clickhouse import ClickHouseTarget
from tests.fixtures.clickhouse import ClickHouseDatabase
from tests.fixtures.clickhouse_pair import PairDatabase


def _table(name: str) -> str:
    place = f"'/contract/{{shard}}/{name}', '{{replica}}'"
    return f"CREATE TABLE {name} (word String) ENGINE = ReplicatedMergeTree({place}) ORDER BY tuple()"


def _everywhere(statement: str) -> str:
    """A script says itself what is for all servers."""
    if statement.startswith("DROP"):
        return f"{statement} ON CLUSTER {CLUSTER}"
    return statement.replace(" (word", f" ON CLUSTER {CLUSTER} (word")


PAIR = replace(
    NATIVE,
    make=_table,
    ddl=_table,
    execute=lambda statement: NATIVE.execute(_everywhere(statement)),
    # 18.16 comments no column of a replicated table.
    changes=tuple((_table("a"), change) for _, change in NATIVE.changes if "COMMENT" not in change),
)


class PairTarget(ClickHouseTarget):
    """What is there is there on both servers, or the test fails."""

    dialect = PAIR

    def __init__(self, database: PairDatabase) -> None:
        self._pair = database
        database.ask(GROUND, 1)
        database.ask("CREATE TABLE within (n Int8) ENGINE = MergeTree ORDER BY tuple()", 1)
        super().__init__(ClickHouseDatabase(database.url, database.name, database.pair.servers[0]))

    def has(self, name: str) -> bool:
        found = {bool(self._pair.ask(f"EXISTS TABLE {name}", at)[0][0]) for at in (0, 1)}
        assert len(found) == 1, f"{name} is on one of the servers only"
        return found.pop()

    def words(self, name: str) -> list[str]:
        self._pair.ask(f"SYSTEM SYNC REPLICA {name}", 1)
        found = super().words(name)
        assert sorted(found) == sorted(word for (word,) in self._pair.ask(f"SELECT word FROM {name}", 1))
        return found

    def make_everywhere(self, name: str, columns: str) -> None:
        """A replicated table on both servers."""
        place = f"'/contract/{self._pair.name}/{{shard}}/{name}', '{{replica}}'"
        for at in (0, 1):
            self._pair.ask(
                f"CREATE TABLE {name} ({columns}) ENGINE = ReplicatedMergeTree({place}) ORDER BY tuple()", at
            )

    def alike(self, sql: str, table: str) -> list[Any]:
        """The rows of a read, the same on both servers."""
        self._pair.ask(f"SYSTEM SYNC REPLICA {table}", 1)
        found = self.ask(sql)
        assert found == self._pair.ask(sql, 1)
        return found

    def make_read_only(self) -> None:
        at = urlsplit(self._pair.pair.servers[0].reader_url)
        self._url = at._replace(path=f"/{self._pair.name}", query=urlsplit(self._pair.url).query).geturl()

    def _as_sent(self, statement: str) -> str:
        """ON CLUSTER stands behind the name, which is the word before the columns, the engine or the end."""
        if statement.startswith("INSERT"):
            return re.escape(statement)
        words = re.split(r" \(| ENGINE", statement)[0].split()
        return rf"{re.escape(' '.join(words))} ON CLUSTER"

    def _halve(self, statement: str) -> None:
        name = statement.split("VIEW ")[-1].split()[0] if "VIEW " in statement else statement.split()[-1]
        for at in (0, 1):
            self._pair.ask(f"DROP TABLE IF EXISTS {name}", at)
            self._pair.ask(f"CREATE TABLE `.inner.{name}` (word String) ENGINE = MergeTree ORDER BY word", at)

    def ask(self, sql: str) -> list[Any]:
        # A write of the ledger that counts is one that both have.
        return self._pair.ask(sql, quorum=2 if sql.startswith("INSERT INTO schema_events") else 0)
