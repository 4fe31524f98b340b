"""Tasks of ON CLUSTER that servers still work on: who sent one may be gone, or have waited for long enough.

A task lies in the Keeper until every server has answered it; an answer is a code and words, 0 for done. 18.16 shows
them in system.zookeeper alone, later servers in system.distributed_ddl_queue too (ClickHouse manual, both pages).
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import literal, replicas
from schemactl.engines.clickhouse.failure import STOPPED, TIMEOUT, ServerError, ServerFailure, from_server
from schemactl.script.hidden import hidden

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.engines.clickhouse.connection import Session

QUEUE: Final = "/clickhouse/task_queue/ddl"
"""Where a server puts its tasks unless its configuration says otherwise; the message of a slow one names it."""

_TASK: Final = re.compile(r"(?<!\S)(/\S*/query-\d+)\b")
"""In the message of a slow one, which each version words in its own way (18.16, 26.9)."""
_QUERY: Final = re.compile(r"^query: (.*)$", re.MULTILINE)
_HOST: Final = re.compile(r"'([^']*)'")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0
_TOLD_AFTER_S: Final = 2.0
_NO_NODE: Final = 999
_SHOWN: Final = 80


class Task(NamedTuple):
    """One task: `path` in the Keeper, its statement, the servers that have not answered."""

    path: str
    query: str
    missing: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.path.rpartition('/')[2]} ({beginning(self.query)})"


def beginning(query: str) -> str:
    """The first letters of a statement, for a line of output: without the secrets in it."""
    return " ".join(hidden(query).split())[:_SHOWN]


def path_of(failure: ServerFailure) -> str:
    """The task that the server goes on with after it stopped waiting for it; "" where the failure is another."""
    found = _TASK.search(failure.message) if failure.code == TIMEOUT else None
    return found[1] if found else ""


def finish(session: Session, path: str, tell: Callable[[str], None], *, timeout_s: float = 0.0) -> None:
    """Wait until every server has answered this task.

    timeout_s  0 without end
    raises     ServerError: the first server's own, STOPPED, or TIMEOUT with the servers that have not answered
    """
    began, pause, told = time.monotonic(), _FIRST_PAUSE_S, False
    while (task := _task(session, path)) is not None and task.missing:
        waited = time.monotonic() - began
        what = f"{', '.join(task.missing)} did not answer {task} yet"
        if timeout_s and waited > timeout_s:
            raise ServerError(ServerFailure(TIMEOUT, f"{what}, and goes on with it"))
        if not told and waited > _TOLD_AFTER_S:
            told = True
            tell(what)
        if session.opening.stop.event.wait(pause):
            raise ServerError(ServerFailure(STOPPED, f"no longer waited for: {what}"))
        pause = min(_LONGEST_PAUSE_S, pause * 1.5)
    for host, code, words in _answers(session, path):
        if code:
            raise ServerError(from_server(code, f"{host}: {words}"))


def unfinished(session: Session) -> list[Task]:
    """The tasks about this database that some server of the target's cluster has not answered, in order.

    None where there is no Keeper. Tasks of another cluster, on the same Keeper, or of another database are not ours.

    raises  ServerError
    """
    if not session.facts.replicated:
        return []
    ours = {replicas.name_of(replica) for replica in session.facts.replicas}
    rows = _children(session, QUEUE)
    about = [(name, value) for name, value in sorted(rows) if names(_statement(value), session.facts.database)]
    tasks = [_read(session, f"{QUEUE}/{name}", value) for name, value in about]
    return [task for task in tasks if ours.intersection(task.missing)]


def _task(session: Session, path: str) -> Task | None:
    """None where the Keeper no longer has it: it was done long ago."""
    parent, _, name = path.rpartition("/")
    for found, value in _children(session, parent):
        if found == name:
            return _read(session, path, value)
    return None


def _read(session: Session, path: str, value: str) -> Task:
    hosts = next((line for line in value.splitlines() if line.startswith("hosts: ")), "")
    answered = {host for host, _, _ in _answers(session, path)}
    missing = tuple(_plain(host) for host in _HOST.findall(hosts) if _plain(host) not in answered)
    return Task(path, _statement(value), missing)


def names(query: str, database: str, table: str = "") -> bool:
    """Whether a task's statement is about this database, or its table: the whole name, as the server qualifies it."""
    plain = re.sub(r"""[`"\\]""", "", query)
    rest = re.escape(table) + r"(?![\w$-])" if table else ""
    return re.search(rf"(?<![\w$.-]){re.escape(database)}\.{rest}", plain) is not None


def _statement(value: str) -> str:
    query = _QUERY.search(value)
    return query[1].strip() if query else ""


def _answers(session: Session, path: str) -> list[tuple[str, int, str]]:
    """(server, code, words) of each that has answered."""
    found = []
    for host, value in _children(session, f"{path}/finished"):
        code, _, words = value.partition("\n")
        found.append((_plain(host), int(code) if code.isdigit() else 0, words.strip()))
    return found


def _plain(host: str) -> str:
    """`127%2E0%2E0%2E1:9000` as people write it."""
    return re.sub(r"%([0-9A-F]{2})", lambda byte: chr(int(byte[1], 16)), host)


def _children(session: Session, path: str) -> list[tuple[str, str]]:
    """(name, value) of each node below; none where there is no such node."""
    try:
        rows = session.link.ask(f"SELECT name, value FROM system.zookeeper WHERE path = {literal.text(path)}")
    except ServerError as error:
        if error.failure.code == _NO_NODE and "No node" in error.failure.message:
            return []
        raise
    return [(str(name), str(value)) for name, value in rows]
