"""The process that chdb runs in: statements come in as lines of JSON, answers go out as such. Imports nothing of ours.

chdb opens one folder a process and ends only with it; it prints where it likes, and a crash of it is a crash of the
process. So it has one of its own, run as a script with the folder as its argument. It ends when its input does: a
caller that is killed leaves nothing at work, and the folder free.

In:  {"link": n, "ask": id, "sql": …, "set": {name: value}, "reset": [name]}, or {"link": n, "close": true}
Out: {"link": n, "ask": id, "rows": text} or {"link": n, "ask": id, "error": words}; first {"open": ""} or the words of
     what is in the way. Statements of one link run in order, those of several at once.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from typing import Any, TextIO

_ENDS_S = 5.0


class Links:
    """One chdb connection and one thread for each link; each has settings and a current database of its own."""

    def __init__(self, path: str, out: TextIO) -> None:
        import chdb

        self._chdb: Any = chdb
        self._path = path
        self._first = self._chdb.connect(path)
        self._out = out
        self._writing = threading.Lock()
        self._queues: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}

    def say(self, **answer: Any) -> None:
        with self._writing:
            self._out.write(json.dumps(answer) + "\n")
            self._out.flush()

    def take(self, request: dict[str, Any]) -> None:
        link = request["link"]
        if link not in self._queues:
            self._queues[link] = queue.SimpleQueue()
            threading.Thread(target=self._work, args=(link, self._queues[link]), daemon=True).start()
        self._queues[link].put(request)

    def _work(self, link: int, requests: queue.SimpleQueue[dict[str, Any]]) -> None:
        connection = self._chdb.connect(self._path)
        while True:
            request = requests.get()
            if "close" in request:
                connection.close()
                return
            try:
                rows = self._run(connection, request)
            except Exception as error:
                self.say(link=link, ask=request["ask"], error=str(error))
            else:
                self.say(link=link, ask=request["ask"], rows=rows)

    def _run(self, connection: Any, request: dict[str, Any]) -> str:
        settings: dict[str, str | int] = request["set"]
        try:
            if settings:
                pairs = (f"{name} = {_literal(value)}" for name, value in settings.items())
                connection.query(f"SET {', '.join(pairs)}")
            answer: bytes = connection.query(request["sql"], "JSONCompact").bytes()
        except Exception:
            # What it had said before it failed would stand before the next one's answer.
            connection.query("SELECT 1", "JSONCompact")
            raise
        finally:
            if request["reset"]:
                connection.query("SET " + ", ".join(f"{name} = DEFAULT" for name in request["reset"]))
        return answer.decode(errors="surrogateescape")

    def end(self) -> None:
        self._first.close()


def _literal(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def main() -> None:
    # What chdb prints must not get between the answers.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        links = Links(sys.argv[1], out)
    except BaseException as error:
        out.write(json.dumps({"open": str(error) or type(error).__name__}) + "\n")
        out.flush()
        os._exit(1)
    links.say(open="")
    for line in sys.stdin:
        links.take(json.loads(line))
    # A statement under way must not hold the folder, so the process does not wait for one.
    ending = threading.Thread(target=links.end, daemon=True)
    ending.start()
    ending.join(_ENDS_S)
    os._exit(0)


if __name__ == "__main__":
    main()
