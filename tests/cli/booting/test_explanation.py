from __future__ import annotations

from vmctl_cli.booting.explanation import LONGEST, tables, weights_table
from vmctl_cli.client.decisions import FilterVerdict, Verdict, WeigherVerdict

WEIGHTS = (WeigherVerdict("RAMWeigher", 1.0, 0.5, 0.5),)


def test_a_decision_that_was_kept_without_its_parts_has_no_tables() -> None:
    assert tables([Verdict("a", None, None, 1.0, (), ())]) == ""


def test_the_weights_of_many_hosts_are_cut_short() -> None:
    many = [Verdict(f"host{n}", None, None, 1.0, (), WEIGHTS) for n in range(LONGEST + 3)]

    assert weights_table(many).endswith("and 3 more hosts; -f json has them all\n")


def test_filters_are_counted_in_the_order_in_which_they_are_asked() -> None:
    filters = (FilterVerdict("Second", "passed", None), FilterVerdict("First", "passed", None))

    text = tables([Verdict("a", None, None, 1.0, filters, ())])

    assert text.index("Second") < text.index("First")
