"""What the queues are called and how they are made; names carry the version of all this.

| queue | for | kind |
| --- | --- | --- |
| ``vmctl.v1.<address>`` | what ``send`` and ``cast`` bring | quorum: durable, replicated |
| ``vmctl.v1.<address>.calls`` | what ``call`` brings | in memory, gone with its last consumer |
| ``vmctl.v1.reply.<id>`` | answers to one process | exclusive |
| ``vmctl.v1.fanout.<id>`` | the topics that one process listens to | exclusive |
| ``vmctl.v1.dead-letters`` | dead letters of all addresses | quorum |

The exchange ``vmctl.v1.fanout`` hands a topic's messages, by key, to all who listen.

A broker that is killed within some three seconds of a quorum queue's first declaration has
forgotten who its members are, and the queue has no leader ever after (RabbitMQ 3.10, tried):
``rabbitmqctl delete_queue`` is the way out.

A ``call`` has a caller who waits for seconds: to keep it on disk would only make it slower,
and that its queue is gone with its consumer tells the next caller at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DELIVERY_LIMIT = 20
"""How often the broker delivers a message whose consumer goes away without a word.

Not five: a restart hands back all that was prefetched, tried or not, and each counts as a
delivery.  A handler that fails is limited to five by ``rules``, without the broker.
"""


@dataclass(frozen=True, slots=True)
class Topology:
    """The names under one prefix: two installations can share a virtual host."""

    prefix: str = "vmctl.v1"

    def work(self, address: str) -> str:
        """Return the queue of what must not be lost."""
        return f"{self.prefix}.{address}"

    def calls(self, address: str) -> str:
        """Return the queue of calls."""
        return f"{self.prefix}.{address}.calls"

    def reply(self, process: str) -> str:
        """Return the queue of answers to a process."""
        return f"{self.prefix}.reply.{process}"

    def topics(self, process: str) -> str:
        """Return the queue of a process's topics."""
        return f"{self.prefix}.fanout.{process}"

    @property
    def fanout(self) -> str:
        """Return the exchange of all topics."""
        return f"{self.prefix}.fanout"

    @property
    def dead_letters(self) -> str:
        """Return the queue of dead letters."""
        return f"{self.prefix}.dead-letters"

    def work_arguments(self) -> dict[str, Any]:
        """Return how a work queue is declared.

        ``at-least-once``: a dead letter leaves only when its queue has confirmed it; RabbitMQ
        asks for ``reject-publish`` with it (its guide to quorum queues, "Dead lettering").
        """
        return {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": self.dead_letters,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }

    def dead_letter_arguments(self) -> dict[str, Any]:
        """Return how the queue of dead letters is declared: nothing takes them from there."""
        return {"x-queue-type": "quorum"}
