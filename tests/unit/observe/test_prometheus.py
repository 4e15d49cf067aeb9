"""The metrics as Prometheus reads them."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Mapping

import pytest
from prometheus_client import generate_latest

from vmctld.errors import Unavailable
from vmctld.observe.prometheus import Gauges, Prometheus, serve


def text_of(metrics: Prometheus) -> str:
    return generate_latest(metrics.registry).decode()


def test_each_count_has_its_labels() -> None:
    metrics = Prometheus()

    metrics.boot_ended("active")
    metrics.boot_ended("error", "no-valid-host")
    metrics.step_took(22, "allocate-ports", 0.02)
    metrics.claim_retried()
    metrics.call_ended("/vmctl.v1.ComputeService/ListHosts", "UNAVAILABLE", 0.2)

    text = text_of(metrics)
    assert 'vmctld_boots_total{code="",outcome="active"} 1.0' in text
    assert 'vmctld_boots_total{code="no-valid-host",outcome="error"} 1.0' in text
    step = 'action="allocate-ports"'
    assert f'vmctld_boot_step_seconds_bucket{{{step},le="0.01",step="22"}} 0.0' in text
    assert f'vmctld_boot_step_seconds_bucket{{{step},le="0.05",step="22"}} 1.0' in text
    assert "vmctld_claims_retried_total 1.0" in text
    call = 'code="UNAVAILABLE",method="ComputeService/ListHosts"'
    assert f"vmctld_rpc_seconds_count{{{call}}} 1.0" in text
    assert "process_resident_memory_bytes" in text


def test_what_cannot_be_read_is_left_out_and_the_rest_is_there() -> None:
    def away() -> Mapping[str, float]:
        raise Unavailable("the broker is away")

    def broken() -> Mapping[str, float]:
        raise RuntimeError

    metrics = Prometheus()
    metrics.registry.register(
        Gauges(
            [
                ("away", "Cannot be known.", "", away),
                ("broken", "Cannot be known.", "", broken),
                ("depth", "Messages.", "queue", lambda: {"scheduler": 3}),
                ("up", "Is it?", "", lambda: {"": 1.0}),
            ]
        )
    )

    text = text_of(metrics)
    assert "away" not in text
    assert "broken" not in text
    assert 'depth{queue="scheduler"} 3.0' in text
    assert "up 1.0" in text


def test_they_are_served_until_the_end() -> None:
    metrics = Prometheus()
    metrics.claim_retried()

    where, end = serve(metrics.registry, "127.0.0.1:0")
    try:
        with urllib.request.urlopen(f"http://{where}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    finally:
        end()

    assert "vmctld_claims_retried_total 1.0" in text
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://{where}/metrics", timeout=10)


def test_an_address_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(Unavailable) as refused:
            serve(Prometheus().registry, address)

    assert refused.value.code == "address-in-use"
    assert address in refused.value.message
