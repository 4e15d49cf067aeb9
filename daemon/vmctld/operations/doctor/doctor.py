"""Makes all examinations, one after the other; one that breaks is a finding like any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from vmctld.domain.operations import Diagnosis, Outcome
from vmctld.errors import VmctlError
from vmctld.operations.doctor import database, directory, hosts, settings, work
from vmctld.operations.installation import Installation

log = structlog.get_logger(__name__)

Examination = Callable[[Installation], Diagnosis]

EXAMINATIONS: tuple[tuple[str, Examination], ...] = (
    ("database", database.integrity),
    ("schema", database.schema),
    ("write-latency", database.write_latency),
    ("disk-space", directory.disk_space),
    ("permissions", directory.permissions),
    ("sockets", directory.sockets),
    ("image-store", directory.image_store),
    ("driver", hosts.driver),
    ("kvm", hosts.kvm),
    ("hosts", hosts.hosts),
    ("broker", work.broker),
    ("queues", work.queues),
    ("outbox", work.outbox),
    ("dead-letters", work.dead_letters),
    ("stuck-undos", work.stuck_undos),
    ("overdue-work", work.overdue_work),
    ("clock", settings.clock),
    ("admin-password", settings.admin_password),
    ("failpoints", settings.failpoints),
)


class Doctor:
    """Examines one installation."""

    def __init__(
        self,
        installation: Installation,
        examinations: Sequence[tuple[str, Examination]] = EXAMINATIONS,
    ) -> None:
        self._installation = installation
        self._examinations = examinations

    def examine(self) -> tuple[Diagnosis, ...]:
        """Return what every examination showed, in their order."""
        return tuple(self._one(name, examination) for name, examination in self._examinations)

    def _one(self, name: str, examination: Examination) -> Diagnosis:
        try:
            return examination(self._installation)
        except (VmctlError, SQLAlchemyError, OSError) as error:
            log.warning("an examination could not be made", examination=name, exc_info=True)
            what = error.message if isinstance(error, VmctlError) else type(error).__name__
            hint = error.hint if isinstance(error, VmctlError) else ""
            return Diagnosis(
                name,
                Outcome.FAILED,
                f"could not be looked at: {what}",
                hint or "the daemon's log says more",
            )
