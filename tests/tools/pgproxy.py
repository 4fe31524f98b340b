"""A TCP proxy in front of a PostgreSQL server: adds round-trip time, records statements, breaks at named points.

As a library, in threads of the test's process:

    with PgProxy(("127.0.0.1", 5432)) as proxy:
        fault = proxy.arm(Fault(match="CREATE TABLE city", point="executed"))
        client = start_client(port=proxy.port)
        fault.wait()
        client.kill()
        proxy.release()

As a command: `python -m tests.tools.pgproxy --listen 0 --to 127.0.0.1:5432 --delay-ms 10`. It speaks no TLS: a client
that asks is told no. Faults are for statements in a Query or an Execute; a COPY only where it came in a Query.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import socket
import threading
from collections import Counter
from types import TracebackType
from typing import Self

from tests.tools.pgfault import POINTS, Action, Cut, Fault, Point, Seen
from tests.tools.pglink import Link
from tests.tools.pgwire import Awaited

__all__ = ["POINTS", "Action", "Cut", "Fault", "PgProxy", "Point", "Seen"]

_CONNECT_TIMEOUT_S = 10.0


class PgProxy:
    """Listens on 127.0.0.1 from construction until `close`.

    to          host and port of the server
    delay_ms    what the proxy adds to a round trip, half of it each way; pipelining is not slowed
    port        where it listens; 0 takes a free one
    """

    def __init__(self, to: tuple[str, int], *, port: int = 0, delay_ms: float = 0.0) -> None:
        self.to = to
        self.host = "127.0.0.1"
        self._delay_s = delay_ms / 1000
        self._lock = threading.Lock()
        self._links: list[Link] = []
        self._accepted = 0
        self._faults: list[Fault] = []
        self._seen: list[Seen] = []
        self._counts: Counter[str] = Counter()
        self._closed = False
        self._listener = socket.create_server((self.host, port))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True, name="pgproxy-accept").start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def seen(self) -> list[Seen]:
        """The statements that passed since the start or `forget`, in order."""
        with self._lock:
            return list(self._seen)

    def forget(self) -> None:
        """Empty `seen`; counting of equal texts begins anew."""
        with self._lock:
            self._seen.clear()
            self._counts.clear()

    def arm(self, fault: Fault) -> Fault:
        """Bring `fault` about once, at its statement; several may be armed. Returns it."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def disarm(self) -> None:
        """Forget the faults that are armed and did not happen."""
        with self._lock:
            self._faults.clear()

    def release(self, cut: Cut = "both") -> None:
        """Close the connections that are held, on one side or on both; what is held is lost.

        cut  client: the server never hears of it, as behind a dead network; server: the client waits on; both: the
             server sees the client gone
        """
        for link in self._live():
            if link.held:
                link.cut(cut)

    def resume(self) -> None:
        """Let the connections that are held go on, nothing lost."""
        for link in self._live():
            link.resume()

    def stall(self) -> None:
        """Hold every connection that is open, in both directions."""
        for link in self._live():
            link.hold()

    def drop(self) -> None:
        """Close every connection that is open, on both sides at once."""
        for link in self._live():
            link.cut()

    def refuse(self) -> None:
        """Take no more connections; those that are open go on."""
        self._closed = True
        # shutdown wakes the thread in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        """Stop listening and close every connection."""
        self.refuse()
        self.drop()

    def _live(self) -> list[Link]:
        with self._lock:
            self._links = [link for link in self._links if not link.closed]
            return list(self._links)

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self.to, timeout=_CONNECT_TIMEOUT_S)
            except OSError:
                client.close()
                continue
            self._join(client, server)

    def _join(self, client: socket.socket, server: socket.socket) -> None:
        server.settimeout(None)
        for side in (client, server):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._accepted += 1
            link = Link(client, server, number=self._accepted, delay_s=self._delay_s, pick=self._pick)
            self._links.append(link)
        link.start()
        if self._closed:
            link.cut()

    def _pick(self, number: int, awaited: Awaited) -> Fault | None:
        sql = awaited.sql or ""
        with self._lock:
            self._counts[sql] += 1
            self._seen.append(Seen(sql=sql, nth=self._counts[sql], link=number, mode=awaited.mode))
            taken = next((fault for fault in self._faults if fault.takes(sql)), None)
            if taken is not None:
                self._faults.remove(taken)
        return taken


def main() -> None:
    """Serve until SIGTERM or SIGINT. The first line of standard output is the port."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.pgproxy", description="A proxy before PostgreSQL.")
    parser.add_argument("--listen", type=int, default=0, metavar="PORT", help="on 127.0.0.1; 0 takes a free port")
    parser.add_argument("--to", required=True, metavar="HOST:PORT", help="the server")
    parser.add_argument("--delay-ms", type=float, default=0.0, help="added to each round trip")
    options = parser.parse_args()
    host, _, port = options.to.rpartition(":")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with PgProxy((host, int(port)), port=options.listen, delay_ms=options.delay_ms) as proxy:
        print(proxy.port, flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
