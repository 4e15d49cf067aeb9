"""``audit`` and ``doctor``: is the installation sound?"""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.errors import EXIT_FOUND_SOMETHING, SeveralFailed
from vmctl_cli.output import Output, columns

FINDING_COLUMNS = columns("invariant", "kind", "subject", "detail", "repaired")
NAMED = 5  # hosts
CHECK_COLUMNS = columns("name", "outcome", "detail", "remedy")


@command("audit", examples=("vmctl audit", "vmctl audit --repair"))
@click.option("--repair", is_flag=True, help="Mend what is found.")
@click.option("--deep", is_flag=True, help="Read the images' files too, to compare their hashes.")
@pass_output
@pass_client
def audit(client: Client, output: Output, repair: bool, deep: bool) -> None:
    """Look for what belongs to nothing alive; exit code 10 if anything is found.

    Hosts in other processes than the one that answers are told: what is on them, their
    machines and files, it cannot look at.
    """
    audit = client.operators.audit(repair=repair, deep=deep)
    findings = audit.findings
    output.table(findings, FINDING_COLUMNS, id_key="subject")
    if audit.unseen_hosts:
        output.warn(_not_looked_at(audit.unseen_hosts))
    if not findings:
        output.say("nothing found" + (" where it looked" if audit.unseen_hosts else ""))
        return
    mended = sum(finding.repaired for finding in findings)
    output.say(f"{len(findings)} found, {mended} of them mended")
    if mended < len(findings) and not repair:
        output.suggest("vmctl audit --repair")
    raise SeveralFailed(EXIT_FOUND_SOMETHING)


def _not_looked_at(hosts: list[str]) -> str:
    names = ", ".join(hosts[:NAMED]) + (", ..." if len(hosts) > NAMED else "")
    count = f"{len(hosts)} host{'' if len(hosts) == 1 else 's'}"
    return f"machines, processes and files were not looked at on {count}: {names}"


@command("doctor", examples=("vmctl doctor",))
@pass_output
@pass_client
def doctor(client: Client, output: Output) -> None:
    """Look the installation over; exit code 10 if a check failed."""
    checks = client.operators.diagnose()
    output.table(checks, CHECK_COLUMNS, id_key="name")
    failed = [check.name for check in checks if check.outcome == "failed"]
    if failed:
        output.say("failed: " + ", ".join(failed))
        raise SeveralFailed(EXIT_FOUND_SOMETHING)
