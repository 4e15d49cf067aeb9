"""What is done to servers between their boot and their end.

Every request may be sent again under its request id: the daemon accepts it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from vmctl.v1 import instance_actions_pb2 as pb
from vmctl.v1.instance_actions_pb2_grpc import InstanceActionServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.server_records import Server, server_from

if TYPE_CHECKING:
    from vmctl_cli.client.diagnostics import Diagnostics
    from vmctl_cli.client.interfaces import Interface


class ServerActions:
    """The actions; each returns the server as it is once the action was accepted."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> InstanceActionServiceStub:
        return InstanceActionServiceStub(self._calls.channel)

    @property
    def request_id(self) -> str:
        """What the daemon records this command's requests under."""
        return self._calls.request_id

    def stop(self, server: str, *, all_projects: bool = False) -> Server:
        """Have the guest power off."""
        request = pb.InstanceActionRequest(instance=server, all_projects=all_projects)
        return server_from(self._calls.unary(self._stub.StopInstance, request, patient=True))

    def start(self, server: str, *, all_projects: bool = False) -> Server:
        """Power a stopped server on."""
        request = pb.InstanceActionRequest(instance=server, all_projects=all_projects)
        return server_from(self._calls.unary(self._stub.StartInstance, request, patient=True))

    def reboot(self, server: str, *, hard: bool = False) -> Server:
        """Have the guest reboot, or pull the plug and start it."""
        request = pb.RebootInstanceRequest(instance=server, hard=hard)
        return server_from(self._calls.unary(self._stub.RebootInstance, request, patient=True))

    def pause(self, server: str) -> Server:
        """Hold the guest in memory."""
        request = pb.InstanceActionRequest(instance=server)
        return server_from(self._calls.unary(self._stub.PauseInstance, request, patient=True))

    def unpause(self, server: str) -> Server:
        """Let it go on."""
        request = pb.InstanceActionRequest(instance=server)
        return server_from(self._calls.unary(self._stub.UnpauseInstance, request, patient=True))

    def suspend(self, server: str) -> Server:
        """Put the guest's memory on its host's disk."""
        request = pb.InstanceActionRequest(instance=server)
        return server_from(self._calls.unary(self._stub.SuspendInstance, request, patient=True))

    def resume(self, server: str) -> Server:
        """Let it go on from there."""
        request = pb.InstanceActionRequest(instance=server)
        return server_from(self._calls.unary(self._stub.ResumeInstance, request, patient=True))

    def restore(self, server: str) -> Server:
        """Bring back what was deleted."""
        request = pb.InstanceActionRequest(instance=server)
        return server_from(self._calls.unary(self._stub.RestoreInstance, request, patient=True))

    def rescue(self, server: str, image: str = "") -> Server:
        """Boot it from a copy of an image, its own disk second."""
        request = pb.RescueInstanceRequest(instance=server, image=image)
        return server_from(self._calls.unary(self._stub.RescueInstance, request, patient=True))

    def unrescue(self, server: str) -> Server:
        """Boot it from its own disk again."""
        request = pb.InstanceActionRequest(instance=server)
        return server_from(self._calls.unary(self._stub.UnrescueInstance, request, patient=True))

    def rebuild(
        self,
        server: str,
        image: str,
        *,
        name: str | None = None,
        description: str | None = None,
        hostname: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Server:
        """Give it a fresh disk over an image, and other words on it; None leaves them."""
        request = pb.RebuildInstanceRequest(
            instance=server,
            image=image,
            name=name,
            description=description,
            hostname=hostname,
            metadata=metadata or {},
        )
        return server_from(self._calls.unary(self._stub.RebuildInstance, request, patient=True))

    def resize(self, server: str, flavor: str) -> Server:
        """Give it another size, on trial."""
        request = pb.ResizeInstanceRequest(instance=server, flavor=flavor)
        return server_from(self._calls.unary(self._stub.ResizeInstance, request, patient=True))

    def confirm_resize(self, server: str) -> Server:
        """Keep the new size."""
        request = pb.InstanceActionRequest(instance=server)
        return server_from(self._calls.unary(self._stub.ConfirmResize, request, patient=True))

    def revert_resize(self, server: str) -> Server:
        """Take the old size again."""
        request = pb.InstanceActionRequest(instance=server)
        return server_from(self._calls.unary(self._stub.RevertResize, request, patient=True))

    def diagnostics(self, server: str) -> Diagnostics:
        """Return what its machine has done so far."""
        from vmctl.v1.diagnostics_pb2 import GetDiagnosticsRequest
        from vmctl_cli.client.diagnostics import diagnostics_from

        request = GetDiagnosticsRequest(instance=server)
        return diagnostics_from(
            self._calls.unary(self._stub.GetDiagnostics, request, repeatable=True)
        )

    def attach_interface(
        self, server: str, *, network: str, port_id: str, fixed_ip: str
    ) -> tuple[Server, Interface]:
        """Plug another network card in; return the server, and the card as it is to be."""
        from vmctl.v1.compute_pb2 import NicRequest
        from vmctl_cli.client.interfaces import interface_to_be

        nic = NicRequest(network=network, port_id=port_id, fixed_ip=fixed_ip)
        request = pb.AttachInterfaceRequest(instance=server, nic=nic)
        answer = self._calls.unary(self._stub.AttachInterface, request, patient=True)
        return server_from(answer.instance), interface_to_be(answer, fixed_ip)

    def detach_interface(self, server: str, port_id: str) -> Server:
        """Take a network card out."""
        request = pb.DetachInterfaceRequest(instance=server, port_id=port_id)
        return server_from(self._calls.unary(self._stub.DetachInterface, request, patient=True))

    def lock(self, server: str, reason: str = "") -> Server:
        """Let nobody but admins act on it."""
        request = pb.LockInstanceRequest(instance=server, reason=reason)
        return server_from(self._calls.unary(self._stub.LockInstance, request, patient=True))

    def unlock(self, server: str) -> Server:
        """Let its owner act on it again."""
        request = pb.InstanceActionRequest(instance=server)
        return server_from(self._calls.unary(self._stub.UnlockInstance, request, patient=True))

    def reset_state(self, server: str, *, active: bool, all_projects: bool = False) -> Server:
        """Set its state to active or error by hand."""
        request = pb.ResetInstanceStateRequest(
            instance=server, active=active, all_projects=all_projects
        )
        return server_from(self._calls.unary(self._stub.ResetInstanceState, request, patient=True))
