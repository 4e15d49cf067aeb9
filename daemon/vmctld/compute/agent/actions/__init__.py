"""The actions of a build, bound to the rows of the score in ``compute.boot``."""

from vmctld.compute.agent.actions.allocate_ports import AllocatePorts
from vmctld.compute.agent.actions.connect_volumes import ConnectVolumes
from vmctld.compute.agent.actions.fetch_image import FetchImage
from vmctld.compute.agent.actions.spawn import Spawn
from vmctld.compute.agent.context import BuildContext
from vmctld.domain.clock import Clock
from vmctld.saga.action import Action


def build_actions(clock: Clock) -> tuple[Action[BuildContext], ...]:
    """Return the build as a saga, in the order of the score."""
    return (FetchImage(clock), AllocatePorts(clock), ConnectVolumes(clock), Spawn())


__all__ = ["build_actions"]
