from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tls import make_tls
from vmctld.errors import InvalidRequest
from vmctld.web.address import WebAddress


@pytest.mark.parametrize(
    ("listen", "url"),
    [
        ("127.0.0.1:6080", "http://127.0.0.1:7"),
        ("localhost:6080", "http://localhost:7"),
        ("[::1]:6080", "http://[::1]:7"),
    ],
)
def test_an_address_of_this_machine_needs_no_certificate(listen: str, url: str) -> None:
    assert WebAddress.of(listen, None, None, None, "web-1").url(7) == url


@pytest.mark.parametrize("listen", ["0.0.0.0:6080", "192.0.2.7:6080", "web-1:6080", "[::]:6080"])
def test_an_address_that_others_reach_needs_one(listen: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        WebAddress.of(listen, None, None, None, "web-1")

    assert refusal.value.code == "tls-missing"


def test_a_door_that_listens_everywhere_is_called_by_the_hosts_name(tmp_path: Path) -> None:
    tls = make_tls(tmp_path)

    address = WebAddress.of("0.0.0.0:443", tls.certificate, tls.key, None, "web-1")

    assert address.url(443) == "https://web-1:443"
    assert address.tls_context() is not None


def test_a_proxy_before_it_gives_it_its_name() -> None:
    address = WebAddress.of("127.0.0.1:0", None, None, "https://cloud.example.org/c/", "web-1")

    assert address.url(6080) == "https://cloud.example.org/c"
    assert address.tls_context() is None


def test_a_certificate_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")

    with pytest.raises(InvalidRequest) as refusal:
        WebAddress.of("127.0.0.1:0", tmp_path / "x", tmp_path / "x", None, "web-1")

    assert refusal.value.code == "invalid-tls"


def test_a_socket_in_the_file_system_is_none_for_browsers() -> None:
    with pytest.raises(InvalidRequest):
        WebAddress.of("unix:///run/web.sock", None, None, None, "web-1")
