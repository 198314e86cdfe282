"""Whether the portal answers (/healthz) and whether it can serve members (/readyz), for whatever watches it.

Both say nothing of a member, a lot or a path: they are open to everybody.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from digests.delivery.sent_archive import Archive
from digests.errors import OutboxError
from portal.errors import ChoicesError, NothingPublished
from portal.web.context import PortalContext
from warehouse.errors import WarehouseError

_HEADERS = {"cache-control": "no-store"}


class HealthPages:
    """The two routes."""

    def __init__(self, portal: PortalContext) -> None:
        self._portal = portal
        self._archive = Archive(portal.outbox)

    def routes(self) -> list[Route]:
        """Open to everybody."""
        return [Route("/healthz", self.healthz), Route("/readyz", self.readyz)]

    def healthz(self, _: Request) -> Response:
        """200 as long as requests are answered at all."""
        return JSONResponse({"status": "ok"}, headers=_HEADERS)

    def readyz(self, _: Request) -> Response:
        """200 where the copy and the stores can be read, else 503 with which cannot."""
        lacking = [name for name, is_readable in self._readable().items() if not is_readable]
        body = {"status": "not ready" if lacking else "ok", "lacking": lacking}
        return JSONResponse(body, status_code=503 if lacking else 200, headers=_HEADERS)

    def _readable(self) -> dict[str, bool]:
        return {"copy": self._has_copy(), "choices": self._has_choices(), "letters": self._has_letters()}

    def _has_copy(self) -> bool:
        try:
            self._portal.snapshots.current()
        except (NothingPublished, WarehouseError):
            return False
        return True

    def _has_choices(self) -> bool:
        try:
            self._portal.choices.load_stopped()
        except ChoicesError:
            return False
        return True

    def _has_letters(self) -> bool:
        try:
            self._archive.count_states()
        except OutboxError:
            return False
        return True
