"""What the text of a setting may be."""

import pytest

from vmctld.config import values
from vmctld.errors import NotSupported


def test_a_path_is_made_absolute_from_the_home_directory(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")

    assert str(values.path("~/state")) == "/home/ada/state"


def test_a_path_with_a_zero_byte_is_refused():
    with pytest.raises(ValueError, match="without a zero byte"):
        values.path("a\0b")


@pytest.mark.parametrize("name", ["", "-rf", "a b", "a/b", "a\nb", "x" * 256, "../up"])
def test_a_host_name_that_could_be_something_else_is_refused(name):
    with pytest.raises(ValueError, match="letters, digits"):
        values.host_name(name)


@pytest.mark.parametrize("address", ["unix:///run/a.sock", "localhost:0", "[::1]:9696"])
def test_sockets_and_ports_are_addresses(address):
    assert values.address(address) == address


@pytest.mark.parametrize("address", ["", "unix:relative", "localhost", ":80", "a:b", "a:70000"])
def test_what_nobody_can_listen_on_is_refused(address):
    with pytest.raises(ValueError, match="unix:///path or host:port"):
        values.address(address)


def test_several_addresses_stand_between_commas():
    assert values.addresses("unix:///a, b:1,") == ("unix:///a", "b:1")


def test_no_address_at_all_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        values.addresses(" , ")


def test_off_is_no_address():
    assert values.port_or_off("off") is None
    assert values.port_or_off("b:1") == "b:1"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("9464", "127.0.0.1:9464"),
        (":9464", "127.0.0.1:9464"),
        ("10.0.0.1:9464", "10.0.0.1:9464"),
        ("off", None),
    ],
)
def test_a_bare_port_is_this_machines_alone(text, meant):
    assert values.loopback_or_off(text) == meant


@pytest.mark.parametrize("text", ["unix:///run/m.sock", "70000", "host"])
def test_metrics_are_served_on_ports_only(text):
    with pytest.raises(ValueError, match="host:port"):
        values.loopback_or_off(text)


@pytest.mark.parametrize(("text", "meant"), [("true", True), ("ON", True), ("0", False)])
def test_yes_and_no_have_several_spellings(text, meant):
    assert values.yes_or_no(text) is meant


def test_what_is_neither_yes_nor_no_is_refused():
    with pytest.raises(ValueError, match="true or false"):
        values.yes_or_no("maybe")


@pytest.mark.parametrize("text", ["0", "11", "-1", "1.5", "one", ""])
def test_a_number_out_of_its_range_is_refused(text):
    with pytest.raises(ValueError, match="from 1 to 10"):
        values.number(1, 10)(text)


def test_a_number_in_its_range_is_read():
    assert values.number(1, 10)("10") == 10


def test_one_of_several_is_read_and_others_are_refused():
    read = values.one_of("qemu", "fake", not_yet=("libvirt",))

    assert read("fake") == "fake"
    with pytest.raises(ValueError, match="write qemu or fake"):
        read("xen")
    with pytest.raises(NotSupported, match="'libvirt'"):
        read("libvirt")


def test_roles_that_are_none_are_refused():
    with pytest.raises(ValueError, match="api or compute"):
        values.some_of("api", "compute", everything="all")("api,dashboard")


def test_a_blank_password_is_refused():
    with pytest.raises(ValueError, match="not blank"):
        values.password("  ")


def test_a_url_has_to_begin_as_expected():
    read = values.url("sqlite:///", "postgresql://")

    assert read("sqlite:////x.db") == "sqlite:////x.db"
    with pytest.raises(ValueError, match="begins with sqlite:/// or postgresql://"):
        read("mysql://")


def test_free_text_is_taken_as_it_is():
    assert values.text("step=12;do=kill") == "step=12;do=kill"
