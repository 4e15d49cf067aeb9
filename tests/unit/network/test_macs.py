"""MAC addresses of ports."""

from __future__ import annotations

import pytest

from vmctld.errors import InvalidRequest
from vmctld.network.macs import parse_mac, random_mac


def test_a_drawn_mac_is_one_that_may_be_given() -> None:
    mac = random_mac()

    assert mac.startswith("fa:16:3e:")
    assert parse_mac(mac) == mac


@pytest.mark.parametrize("text", ["FA:16:3E:12:34:56", "fa-16-3e-12-34-56", " fa:16:3e:12:34:56 "])
def test_a_mac_is_kept_in_its_usual_form(text: str) -> None:
    assert parse_mac(text) == "fa:16:3e:12:34:56"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no MAC"),
        ("fa:16:3e:12:34", "no MAC"),
        ("fa:16:3e:12:34:56:78", "no MAC"),
        ("fa:16:3e:12:34:5g", "no MAC"),
        ("fa163e123456", "no MAC"),
        ("fa:16:3e:12:34:56,netdev=x", "no MAC"),
        ("01:00:5e:00:00:01", "multicast"),
        ("ff:ff:ff:ff:ff:ff", "multicast"),
        ("00:00:00:00:00:00", "zeros"),
    ],
)
def test_what_no_network_card_can_have_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why) as refusal:
        parse_mac(text)

    assert refusal.value.code == "invalid-mac"
