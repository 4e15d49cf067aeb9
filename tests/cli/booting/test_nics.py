"""``--nic`` in nova's forms, with nova's complaints."""

from __future__ import annotations

import pytest

from vmctl_cli.booting.nics import parse_nics
from vmctl_cli.client.boots import NicWish
from vmctl_cli.errors import CliError


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ((), False)),
        (["auto"], ((), False)),
        (["none"], ((), True)),
        (["net-id=n1"], ((NicWish(network="n1"),), False)),
        (["net-name=private"], ((NicWish(network="private"),), False)),
        (["port-id=p1"], ((NicWish(port_id="p1"),), False)),
        (
            ["net-id=n1,v4-fixed-ip=10.0.0.5", "net-name=b"],
            ((NicWish(network="n1", fixed_ip="10.0.0.5"), NicWish(network="b")), False),
        ),
    ],
)
def test_every_form_of_nova_is_understood(
    arguments: list[str], expected: tuple[tuple[NicWish, ...], bool]
) -> None:
    assert parse_nics(arguments) == expected


@pytest.mark.parametrize("word", ["auto", "none"])
def test_auto_and_none_stand_alone(word: str) -> None:
    with pytest.raises(CliError) as refused:
        parse_nics([word, "net-id=n1"])

    assert refused.value.message == ("'auto' or 'none' cannot be used with any other nic arguments")


@pytest.mark.parametrize(
    "argument",
    [
        *("", "net-id", "net-id=", "bogus=1", "v4-fixed-ip=10.0.0.5"),
        *("net-id=a,net-name=b", "net-id=a,net-id=b", "net-id=a,", "net-id=a,port-id=b"),
    ],
)
def test_what_names_no_network_or_several_is_refused(argument: str) -> None:
    with pytest.raises(CliError) as refused:
        parse_nics([argument])

    assert refused.value.message.startswith(
        f"Invalid nic argument '{argument}'. Nic arguments must be of the form --nic <auto,none,"
    )


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("net-id=a,v4-fixed-ip=10.0.0.256", "Invalid ipv4 address."),
        ("net-id=a,v4-fixed-ip=::1", "Invalid ipv4 address."),
        ("net-id=a,v6-fixed-ip=10.0.0.1", "Invalid ipv6 address."),
    ],
)
def test_an_address_that_is_none_is_refused(argument: str, message: str) -> None:
    with pytest.raises(CliError) as refused:
        parse_nics([argument])

    assert refused.value.message == message


@pytest.mark.parametrize("part", ["v6-fixed-ip=::1", "tag=front"])
def test_what_is_not_served_is_refused_by_its_name(part: str) -> None:
    with pytest.raises(CliError) as refused:
        parse_nics([f"net-id=a,{part}"])

    assert refused.value.exit_code == 7
    assert part.split("=")[0] in refused.value.message
