"""Connections of the portal's server: how many, how long, how much each may send before its request is whole.

uvicorn bounds the size of a head by h11, and neither the time a client takes to send it nor the number of those that
never do. Limits here apply to every client of the port; a proxy in front has its own (docs/operating.md).
"""

from __future__ import annotations

import asyncio
from heapq import nsmallest
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 400
"""Open connections, below the 1,024 files that a process may open by default. Beyond them those that wait longest for
a whole request are closed, a tenth at a time."""
REQUEST_SECONDS = 10.0
"""Seconds in which a request, head and body, must have come."""
RESPONSE_SECONDS = 60.0
"""Seconds in which a client must have taken the answer."""
MOST_REQUEST_BYTES = 65_536
"""Bytes of a request, head and body, before the connection is closed; forms have 8,192 at most."""
MOST_HEAD_BYTES = 16_384
"""Bytes of a head that is not whole yet, as h11 bounds it."""


class BoundedProtocol(H11Protocol):
    """One connection, closed when its request takes too long or is too large, or when too many others wait."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._timer: asyncio.TimerHandle | None = None
        self._since = 0.0
        self._received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins the time of the first request, and makes room among those that wait."""
        super().connection_made(transport)
        self._since = self.loop.time()
        self._start_timer(REQUEST_SECONDS)
        if len(self.connections) > MOST_CONNECTIONS:
            self._make_room()

    def _make_room(self) -> None:
        """Closes the tenth of all connections that has waited longest, which costs less than one at a time."""
        waiting = [
            connection
            for connection in self.connections
            if isinstance(connection, BoundedProtocol) and connection.is_waiting
        ]
        for connection in nsmallest(max(1, MOST_CONNECTIONS // 10), waiting, key=lambda waiting: waiting._since):
            connection.close_now()

    @property
    def is_waiting(self) -> bool:
        """Whether no whole request is being answered on this connection."""
        return not self.cycle or self.cycle.response_complete or self.cycle.more_body

    def data_received(self, data: bytes) -> None:
        """Counts what came; more than a request may have closes the connection."""
        if self._received == 0 and self._timer is None:
            self._since = self.loop.time()
            self._start_timer(REQUEST_SECONDS)
        self._received += len(data)
        if self._received > MOST_REQUEST_BYTES:
            self.close_now()
            return
        super().data_received(data)
        if not self.is_waiting:
            self._start_timer(RESPONSE_SECONDS)

    def on_response_complete(self) -> None:
        """The next request on this connection has its own time and size; before it, uvicorn keeps the time. After an
        answer to a request that is not whole there is no next one."""
        is_cut = self.cycle.more_body
        self._received = 0
        self._stop_timer()
        super().on_response_complete()
        if is_cut and self.transport:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends the timer."""
        self._stop_timer()
        super().connection_lost(exc)

    def close_now(self) -> None:
        """Closes the connection without an answer: a client that sends a request in this way is no browser."""
        self._stop_timer()
        if self.transport:
            self.transport.abort()

    def _start_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self.close_now)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
