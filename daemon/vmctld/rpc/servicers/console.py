"""Consoles in a browser over gRPC: asks, converts the answer."""

from __future__ import annotations

import grpc

from vmctl.v1 import console_pb2 as pb
from vmctl.v1.console_pb2_grpc import ConsoleServiceServicer
from vmctld.compute.api.web_consoles import WebConsoles
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.console import console_to_proto


class ConsoleServicer(ConsoleServiceServicer):
    """Serves ``vmctl.v1.ConsoleService``."""

    def __init__(self, consoles: WebConsoles) -> None:
        self._consoles = consoles

    def CreateConsole(
        self, request: pb.CreateConsoleRequest, context: grpc.ServicerContext
    ) -> pb.Console:
        access = self._consoles.create(caller_of(context), request.instance, request.type)
        return console_to_proto(access)
