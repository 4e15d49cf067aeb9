"""The bus over RabbitMQ, for daemons in several processes and on several machines.

Needs pika, the extra ``rabbitmq``: import it only when the configuration names a broker.
"""

from vmctld.bus.rabbitmq.bus import RabbitBus

__all__ = ["RabbitBus"]
