"""Runs the application: one process on this machine, behind a proxy that ends TLS."""

from __future__ import annotations

import socket
from contextlib import suppress

import uvicorn

from portal.app import create_app
from portal.connections import MOST_HEAD_BYTES, BoundedProtocol
from portal.errors import NothingPublished
from portal.web.context import PortalContext


def listen(host: str, port: int) -> socket.socket:
    """Opens the port; 0 leaves the choice to the system. Raises OSError when it is taken."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def serve(portal: PortalContext, secret: bytes, listening: socket.socket) -> None:
    """Serves until SIGINT or SIGTERM. Nothing of a request is logged: links are keys. The copy is read first, so that
    no request waits for it; before the first night there is none."""
    with suppress(NothingPublished):
        portal.snapshots.current()
    with listening:
        make_server(portal, secret).run(sockets=[listening])


def make_server(portal: PortalContext, secret: bytes) -> uvicorn.Server:
    """The server with its limits, not running yet."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(portal, secret),
            http=BoundedProtocol,  # never httptools, which other packages bring and which bounds no head
            ws="none",
            access_log=False,
            log_level="error",  # not one line for each request that is no HTTP: a client could fill the disk with them
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=15,
            h11_max_incomplete_event_size=MOST_HEAD_BYTES,
            lifespan="off",
        )
    )
