"""A small server for one machine: what every page that this project serves has in common.

It listens where it is told to, 127.0.0.1 by default, answers to its own host names alone, refuses bodies that are too
large before it has read them, and lets pages load nothing from elsewhere.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from sims_core.base.errors import SimsError

if TYPE_CHECKING:
    from fastapi import FastAPI

LOCAL = "127.0.0.1"
_LOCAL_NAMES = (LOCAL, "localhost")
_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


def new_app(most_bytes: int, host_names: Sequence[str] = ()) -> FastAPI:
    """Return an app without pages.

    Args:
        most_bytes: Of a request's body; a larger one is answered with 413.
        host_names: By which it may be asked, besides those of this machine; `*` for any.

    Raises:
        SimsError: FastAPI is not installed.
    """
    try:
        from fastapi import FastAPI
        from starlette.middleware.trustedhost import TrustedHostMiddleware
    except ImportError as error:
        raise _not_installed(error) from error
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(_Guard, most_bytes=most_bytes)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*_LOCAL_NAMES, *host_names], www_redirect=False)
    return app


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        SimsError: The port is taken, or the host is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        remedy = "name another --port or --host"
        raise SimsError(f"{host}, port {port}", "cannot be listened to", found=error.strerror, remedy=remedy) from error


def run_server(app: FastAPI, listening: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises:
        SimsError: uvicorn is not installed.
    """
    try:
        import uvicorn
    except ImportError as error:
        raise _not_installed(error) from error
    config = uvicorn.Config(app, log_level=logging.WARNING, access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listening])


class _Guard:
    """Adds headers to every answer, and cuts off bodies that are too large."""

    def __init__(self, app: App, most_bytes: int) -> None:
        self.app = app
        self.most_bytes = most_bytes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it is too large."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await self._body(receive)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        if body is None:
            await _refuse(send_with_headers, 413, b'{"detail":"This is too large."}')
            return
        is_read = False

        async def replay() -> Message:
            nonlocal is_read
            if is_read:
                return await receive()
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, replay, send_with_headers)

    async def _body(self, receive: Receive) -> bytes | None:
        """Return a request's body; None where it is too large, or its sender has gone."""
        parts: list[bytes] = []
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            if sum(map(len, parts)) > self.most_bytes:
                return None
            if not message.get("more_body", False):
                return b"".join(parts)


async def _refuse(send: Send, status: int, detail: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": detail})


def _not_installed(error: ImportError) -> SimsError:
    return SimsError("serving pages", "a package is not installed", found=error, remedy="pip install 'sims[studio]'")
