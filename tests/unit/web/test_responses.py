from __future__ import annotations

from http import HTTPStatus

from vmctld.web.files import WebFile
from vmctld.web.responses import file_response, refusal


def test_a_page_is_fetched_anew_and_a_file_of_a_library_is_kept() -> None:
    page = file_response(WebFile("text/html", b"<p>", is_page=True))
    script = file_response(WebFile("text/javascript", b"1", is_page=False))

    assert page.headers["Cache-Control"] == "no-store"
    assert script.headers["Cache-Control"] == "max-age=3600"
    assert (script.headers["Content-Type"], script.headers["Content-Length"]) == (
        "text/javascript",
        "1",
    )


def test_every_answer_keeps_others_out() -> None:
    for answer in (
        file_response(WebFile("text/html", b"", is_page=True)),
        refusal(HTTPStatus.NOT_FOUND, "no"),
    ):
        policy = answer.headers["Content-Security-Policy"]

        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
