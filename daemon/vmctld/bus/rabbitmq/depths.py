"""How much lies in the broker's queues, asked on a connection for the moment."""

from __future__ import annotations

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError, ChannelClosedByBroker

from vmctld.bus.rabbitmq.broker import Broker, trouble


def count_messages(broker: Broker, queues: dict[str, list[str]]) -> dict[str, int]:
    """Return the messages in each group of queues; a queue that is not there has none.

    Raises Unavailable without a broker.
    """
    try:
        connection = pika.BlockingConnection(broker.parameters("depth"))
    except (AMQPError, OSError) as error:
        raise trouble(error, broker) from error
    with connection:
        channel = connection.channel()
        counts = {}
        for group, names in queues.items():
            counts[group] = 0
            for name in names:
                count, channel = _count(connection, channel, name)
                counts[group] += count
    return counts


def _count(
    connection: pika.BlockingConnection, channel: BlockingChannel, queue: str
) -> tuple[int, BlockingChannel]:
    """Return a queue's messages, and the channel to go on with: a missing queue closes it."""
    try:
        return channel.queue_declare(queue, passive=True).method.message_count, channel
    except ChannelClosedByBroker:
        return 0, connection.channel()
