from __future__ import annotations

from tests.support.machines import an_id
from vmctld.drivers.fake.console import EchoStream, boot_text


def test_a_boot_ends_at_a_login_prompt() -> None:
    instance_id = an_id()

    text = boot_text(instance_id).decode()

    assert instance_id in text
    assert text.endswith(f"fake-{instance_id[:8]} login: ")


def test_what_is_typed_comes_back() -> None:
    stream = EchoStream()

    stream.write(b"ls")
    stream.write(b"\n")

    assert stream.read(1) == b"ls\n"


def test_silence_is_none_and_the_end_is_empty() -> None:
    stream = EchoStream()

    silence = stream.read(0)
    stream.close()

    assert silence is None
    assert stream.read(1) == b""
