"""The page and its three requests, on 127.0.0.1 alone.

Another page in the same browser cannot use it: the Host must be this machine's own (against DNS rebinding), and what
changes something needs a header that a browser sends across origins only after asking, which is never granted.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from kilnmix.classifier.app.desk import Desk
from kilnmix.common import ports
from kilnmix.common.errors import UserError
from kilnmix.common.pages.templates import environment

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

HOST, HEADER = "127.0.0.1", "X-Kilnmix"
_LARGEST = 100 * 2**20
"""Bytes of an upload."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def application(desk: Desk) -> Starlette:
    """The page at /, and /pictures, /explanations and /corrections, which take and give JSON but for the picture."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    page = environment("kilnmix.classifier.app").get_template("app.html").render(classes=desk.classes)

    async def index(request: Request) -> Response:
        return HTMLResponse(page, headers=_HEADERS)

    def answering(work: Callable[[Request, bytes], Any]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return await _answered(request, work)

        return endpoint

    routes = [
        Route("/", index),
        Route("/pictures", answering(lambda request, body: desk.show(_name(request), body)), methods=["POST"]),
        Route("/explanations", answering(lambda _, body: desk.explain(_text(_parsed(body), "key"))), methods=["POST"]),
        Route("/corrections", answering(lambda _, body: _correct(desk, _parsed(body))), methods=["POST"]),
    ]
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"], www_redirect=False)
    return Starlette(routes=routes, middleware=[hosts])


async def _answered(request: Request, work: Callable[[Request, bytes], Any]) -> Response:
    """The outcome as JSON, or a sentence with status 400."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import JSONResponse

    try:
        if HEADER not in request.headers:
            raise UserError("This request does not come from the page.")
        body = await _body(request)
        return JSONResponse(await run_in_threadpool(work, request, body), headers=_HEADERS)
    except UserError as error:
        return JSONResponse({"error": str(error)}, status_code=400, headers=_HEADERS)


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > _LARGEST:
            raise UserError(f"The file is larger than {_LARGEST // 2**20} MB.")
        parts.append(part)
    return b"".join(parts)


def _correct(desk: Desk, sent: dict[str, Any]) -> dict[str, str]:
    labels = sent.get("labels")
    if not isinstance(labels, dict):
        raise UserError("The correction holds no labels.")
    return {"place": desk.correct(_text(sent, "key"), {str(task): str(label) for task, label in labels.items()})}


def _name(request: Request) -> str:
    return unquote(request.headers.get("X-Name", "")).strip() or "picture"


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise UserError("The request is no JSON object.")
    return sent


def _text(sent: dict[str, Any], name: str) -> str:
    return str(sent.get(name, ""))


def serve(desk: Desk, taken: socket.socket, ready: Callable[[], object]) -> None:
    """Serves the page until Ctrl-C.

    Args:
        taken, ready: as for `ports.serve`.
    """
    ports.serve(application(desk), taken, ready)
