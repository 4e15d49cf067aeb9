"""The database of one process, and the messages that leave with its transactions.

For every role but compute.
"""

from __future__ import annotations

from vmctld.app.buses import Buses
from vmctld.app.patience import Patience
from vmctld.compute.conductor.dead_letters import DeadLetters
from vmctld.compute.outbox import Outbox
from vmctld.config import Settings
from vmctld.domain.clock import utc_now
from vmctld.storage.database import Database
from vmctld.storage.schema import ensure_schema
from vmctld.storage.trouble import ACCESS_DENIED


class Data:
    """The database, which need not be there yet, and what comes of it for the bus."""

    outbox: Outbox

    def __init__(self, settings: Settings) -> None:
        self.database = Database(settings.database_url, sync_full=settings.sync_full)
        self.letters = DeadLetters(self.database, utc_now)

    def connect(self, buses: Buses) -> None:
        """Make the outbox; it sends when it is started."""
        self.outbox = Outbox(
            self.database,
            buses.bus,
            utc_now,
            peers=buses.is_shared,
            can_send=lambda: buses.problem() is None,
        )
        self.letters.connect(buses.bus, self.outbox)

    def wait_ready(self, patience: Patience) -> None:
        """Return when the database is there and of this version's shape.

        Raises WrongState for one that is not to be touched, Unavailable where the password
        is wrong, Stopped.
        """
        patience.until(
            "the database", lambda: ensure_schema(self.database), hopeless={ACCESS_DENIED}
        )
