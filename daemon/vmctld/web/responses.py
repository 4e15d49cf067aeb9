"""Answers to browsers, with the headers that keep a page from doing what ours never do."""

from __future__ import annotations

from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.http11 import Response

from vmctld.web.files import WebFile

# Nothing but our own files, no inline script, no other site's frame.  xterm.js writes its
# colours into style elements; data: are the pointers that guests draw.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the URL of a console is a secret
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
KEPT = "max-age=3600"


def file_response(file: WebFile) -> Response:
    """Return a file."""
    cache = "no-store" if file.is_page else KEPT
    return _response(HTTPStatus.OK, file.content_type, cache, file.body)


def refusal(status: HTTPStatus, text: str) -> Response:
    """Return a refusal in words."""
    return _response(status, "text/plain; charset=utf-8", "no-store", f"{text}\n".encode())


def _response(status: HTTPStatus, content_type: str, cache: str, body: bytes) -> Response:
    headers = Headers(ALWAYS)
    headers["Content-Type"] = content_type
    headers["Content-Length"] = str(len(body))
    headers["Cache-Control"] = cache
    headers["Connection"] = "close"  # one request a connection: the library's rule
    return Response(status.value, status.phrase, headers, body)
