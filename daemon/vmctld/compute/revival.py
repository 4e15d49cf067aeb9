"""A message that died is sent again, in the way that does what it was for."""

from __future__ import annotations

from vmctld.bus.base import Envelope
from vmctld.compute.messages import (
    API_ADDRESS,
    SCHEDULER_ADDRESS,
    BuildInstance,
    PlaceInstance,
)
from vmctld.compute.outbox import OutboxTx
from vmctld.compute.placing import place_request
from vmctld.domain.clock import Clock
from vmctld.errors import WrongState
from vmctld.storage.repositories import instances, revivals


def send_again(posting: OutboxTx, clock: Clock, address: str, envelope: Envelope) -> None:
    """Send ``envelope`` to ``address`` again, when the transaction commits.

    What it died of has put its instance into ERROR if it was there to build it: that begins
    anew, on whichever host fits.  Raises WrongState (``dead-letter-overtaken``) when the
    instance has gone another way since.
    """
    message = envelope.message
    if not isinstance(message, PlaceInstance | BuildInstance):
        posting.forward(address, envelope)
        return
    if not revivals.revive(posting.tx, message.instance_id, message.attempt, clock()):
        raise WrongState(
            f"instance {message.instance_id} does not wait for this message any more",
            code="dead-letter-overtaken",
            hint="forget the letter with vmctl dead-letters-delete",
            facts={"instance_id": message.instance_id, "attempt": message.attempt},
        )
    instance = instances.get(posting.tx, message.instance_id)
    assert instance is not None
    posting.post(SCHEDULER_ADDRESS, place_request(instance), answer_to=API_ADDRESS)
