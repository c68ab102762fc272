"""Prefect's server as a child of `vigie serve`: `python -m flows.serve.prefect_server PARENT SOCKET`.

Its API alone, on a listening socket that it inherits: nobody else can take the port while it starts again.
"""

from __future__ import annotations

import socket
import sys

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from flows.serve.prefect_access import HOST
from warehouse.child import end_with


def application() -> ASGIApp:
    """Prefect's API; without its pages, and answered to requests for HOST alone.

    A name of somebody else's that leads to this machine (DNS rebinding) makes a page's requests its own.
    """
    from prefect.server.api.server import create_app

    prefect = create_app(final=True)
    prefect.router.routes[:] = [route for route in prefect.routes if getattr(route, "name", "") == "api"]
    # Around it and not in it: the server's own services ask it within the process, by another name.
    return TrustedHostMiddleware(prefect, allowed_hosts=[HOST])


def main() -> None:
    """Serve until SIGTERM, or until the parent is gone."""
    end_with(int(sys.argv[1]))
    with socket.socket(fileno=int(sys.argv[2])) as listening:
        uvicorn.Server(uvicorn.Config(application(), log_level="warning")).run([listening])


if __name__ == "__main__":
    main()
