"""Why no host fitted."""

from __future__ import annotations

from vmctl_cli.booting.reasons import LONGEST, reasons_table
from vmctl_cli.client.decisions import Decision, Verdict


def _decision(*verdicts: Verdict) -> Decision:
    return Decision("i", 1, None, len(verdicts), None, verdicts)


def test_only_refusals_are_shown() -> None:
    text = reasons_table(
        _decision(Verdict("a", "ram", "too little", 0, (), ()), Verdict("b", None, None, 1, (), ()))
    )

    assert "| a    | ram    | too little |" in text
    assert "| b " not in text


def test_nothing_to_say_is_nothing() -> None:
    assert reasons_table(_decision()) == ""


def test_many_hosts_are_cut_short() -> None:
    refusals = [Verdict(f"host{number}", "ram", "no", 0, (), ()) for number in range(LONGEST + 5)]

    assert reasons_table(_decision(*refusals)).endswith("and 5 more; vmctl explain shows all\n")
