"""Messages that the fake daemon sends."""

from __future__ import annotations

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from vmctl.v1 import compute_pb2

CREATED = Timestamp(seconds=1767323045, nanos=250_000_000)  # 2026-01-02T03:04:05.250Z


def an_instance(name: str = "web1", **fields: Any) -> compute_pb2.Instance:
    """Return a server that runs, unless ``fields`` say otherwise."""
    known: dict[str, Any] = {
        "id": f"id-of-{name}",
        "name": name,
        "project_id": "id-of-admin",
        "user_id": "id-of-ada",
        "status": "ACTIVE",
        "vm_state": "active",
        "power_state": 1,
        "host": "host1",
        "flavor": compute_pb2.Flavor(id="42", name="m1.nano", vcpus=1, ram_mib=128, disk_gib=1),
        "image_id": "id-of-tiny",
        "image_name": "tiny",
        "addresses": [
            compute_pb2.NetworkAddress(
                network="private", address="10.20.0.5", port_id="p1", mac="fa:16:3e:0:0:1"
            )
        ],
        "created_at": CREATED,
        "attempt": 1,
        "request_id": "req-1",
    }
    return compute_pb2.Instance(**{**known, **fields})


def building(name: str = "web1", **fields: Any) -> compute_pb2.Instance:
    """Return a server that is being built."""
    return an_instance(
        name,
        **{
            "status": "BUILD",
            "vm_state": "building",
            "task_state": "scheduling",
            "power_state": 0,
            "addresses": [],
            **fields,
        },
    )


def a_step(number: int, **fields: Any) -> compute_pb2.Step:
    """Return a step that is done."""
    known: dict[str, Any] = {
        "number": number,
        "component": "compute agent",
        "peer": "image service",
        "name": f"step {number}",
        "attempt": 1,
        "started_at": CREATED,
        "duration_ms": float(number),
        "outcome": "done",
        "detail": f"detail {number}",
    }
    return compute_pb2.Step(**{**known, **fields})


def all_steps(**fields: Any) -> list[compute_pb2.Step]:
    """Return the 28 steps."""
    return [a_step(number, **fields) for number in range(1, 29)]
