"""What operators see of an installation in several processes, over a broker."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.crash.cloud import Wish
from tests.integration.roles.conftest import NewSplit
from tests.integration.roles.users import Users
from tests.support import rabbitmq
from tests.support.split import FOUR, HOST, PASSWORD, Split
from tests.support.waiting import eventually

VMCTL = Path(sys.executable).with_name("vmctl")
FIVE_TIMES = ",".join(f"step=10;phase=before;do=raise;n={n}" for n in range(1, 6))


@pytest.fixture(scope="module")
def unlucky(new_split: NewSplit, broker: rabbitmq.Broker) -> Iterator[Users]:
    """An installation whose scheduler fails at its first message; every process counts."""
    failing = ("--enable-failpoints", "--failpoint", FIVE_TIMES)
    split = new_split(broker, "--metrics-listen", "0", *failing)
    split.start()
    users = Users(split)
    users.prepare()
    yield users
    users.close()


def operator(split: Split, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``vmctl`` as the admin."""
    environment = {
        "PATH": os.environ["PATH"],
        "VMCTL_ENDPOINT": split.endpoint(),
        "VMCTL_USERNAME": "admin",
        "VMCTL_PASSWORD": PASSWORD,
        "VMCTL_CONFIG_DIR": str(split.home / "config"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    return subprocess.run(
        [VMCTL, *arguments, "-f", "json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def told(split: Split, *arguments: str) -> Any:
    """Return what ``vmctl`` printed."""
    ran = operator(split, *arguments)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def scrape(split: Split, role: str) -> dict[str, float]:
    """Return what one process has counted, by name and labels as they are written."""
    log = split.role(role).log.read_text()
    address = re.findall(r"address=(127\.0\.0\.1:\d+)", log)[-1]
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


def test_a_dead_letter_of_the_broker_is_seen_and_sent_again(unlucky: Users) -> None:
    split = unlucky.split
    server_id = unlucky.cloud.boot(Wish("web"))
    assert unlucky.all_settle([server_id])["ERROR"] == 1

    (letter,) = told(split, "dead-letters")
    (check,) = (one for one in told(split, "doctor") if one["name"] == "dead-letters")
    sent = operator(split, "dead-letters-replay", letter["id"])

    assert (letter["message"], letter["instance_id"]) == ("PlaceInstance", server_id)
    assert (letter["address"], letter["code"]) == ("scheduler", "failpoint")
    assert check["detail"].startswith("1 kept")
    assert (sent.returncode, sent.stderr) == (0, "")
    assert eventually(lambda: unlucky.statuses([server_id])["ACTIVE"] == 1, 30)
    assert told(split, "dead-letters") == []
    unlucky.delete_all()


def test_the_doctor_times_the_broker_and_sees_the_queues_of_all(unlucky: Users) -> None:
    checks = {check["name"]: check for check in told(unlucky.split, "doctor")}

    broker, database = checks["broker"], checks["write-latency"]
    assert re.match(r"round trip \d+\.\d ms, 0 messages unconfirmed", broker["detail"])
    assert checks["queues"]["detail"] == "0 messages waiting"
    assert {broker["outcome"], database["outcome"]} <= {"ok", "warning"}  # on a busy machine


def test_every_process_serves_what_it_counts(unlucky: Users) -> None:
    server_id = unlucky.cloud.boot(Wish("web"))
    assert unlucky.all_settle([server_id])["ACTIVE"] == 1

    counted = {role: scrape(unlucky.split, role) for role in FOUR}

    assert counted["conductor"]['vmctld_boots_total{code="",outcome="active"}'] >= 1
    call = 'vmctld_rpc_seconds_count{code="OK",method="ComputeService/BootInstance"}'
    assert counted["api"][call] >= 1
    for role, queue in (
        ("scheduler", "scheduler"),
        ("conductor", "conductor"),
        ("compute", f"agent.{HOST}"),
    ):
        assert counted[role][f'vmctld_queue_depth{{queue="{queue}"}}'] == 0
    steps = {
        int(found[1])
        for samples in counted.values()
        for name in samples
        if (found := re.search(r'boot_step_seconds_count.*step="(\d+)"', name))
    }
    assert steps == set(range(1, 29))
    assert all(samples["vmctld_bus_up"] == 1 for samples in counted.values())
    assert "vmctld_dead_letters" not in counted["compute"]
    unlucky.delete_all()
