"""A daemon made of dictionaries: serves the whole wire on a socket, remembers what it was asked."""

from __future__ import annotations

import json
import pkgutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.rpc import error_details_pb2, status_pb2

import vmctl.v1
from vmctl.v1 import compute_pb2, identity_pb2, image_pb2

PASSWORD = "correct horse"
MODULES = tuple(
    import_module(f"vmctl.v1.{found.name}")
    for found in pkgutil.iter_modules(vmctl.v1.__path__)
    if found.name.endswith("_pb2")
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it arrived."""

    method: str
    metadata: dict[str, str | bytes]


@dataclass(frozen=True, slots=True)
class Failure:
    """What a call is answered with instead."""

    status: grpc.StatusCode
    code: str = ""  # empty: without details, as gRPC itself fails
    message: str = "it failed"
    hint: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    class_name: str = ""


UNKNOWN_TOKEN = Failure(
    grpc.StatusCode.UNAUTHENTICATED,
    "token-invalid",
    "the token is not valid",
    "sign in again with: vmctl login",
    class_name="Unauthenticated",
)
WRONG_PASSWORD = Failure(
    grpc.StatusCode.UNAUTHENTICATED,
    "wrong-password",
    "the user name or the password is wrong",
    class_name="Unauthenticated",
)
CUT_OFF = Failure(grpc.StatusCode.INVALID_ARGUMENT, "image-cut-off", "the image is cut off")


class FakeCloud:
    """The daemon.  ``answers`` holds what a method gives back: a message, or a function."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="vmctl-")
        self.socket = Path(self._directory.name) / "s"
        self.calls: list[Call] = []
        self.requests: list[Any] = []
        self.answers: dict[str, Any] = {}
        self.failures: dict[str, list[Failure]] = {}
        self.tokens: list[str] = []
        self.uploaded = b""
        self.typed: list[bytes] = []
        self.greetings: list[bytes] = []  # what tunnels say first, one after the other
        self._server: grpc.Server | None = None
        self.start()

    @property
    def endpoint(self) -> str:
        """Where it is, as VMCTL_ENDPOINT says it."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Serve on the socket, again after a stop."""
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
        for module in MODULES:
            for service in module.DESCRIPTOR.services_by_name.values():
                handlers = {one.name: self._handler(one) for one in service.methods}
                generic = grpc.method_handlers_generic_handler(service.full_name, handlers)
                server.add_generic_rpc_handlers((generic,))
        server.add_insecure_port(f"unix:{self.socket}")
        server.start()
        self._server = server

    def stop(self) -> None:
        """Go away."""
        if self._server is not None:
            self._server.stop(grace=0).wait()
            self._server = None

    def close(self) -> None:
        """Go away for good."""
        self.stop()
        self._directory.cleanup()

    def fail(self, method: str, *failures: Failure) -> None:
        """Answer the next calls of ``method`` with these failures."""
        self.failures.setdefault(method, []).extend(failures)

    def methods(self) -> list[str]:
        """Return which methods were called, in order."""
        return [call.method for call in self.calls]

    def last(self, kind: type[Any]) -> Any:
        """Return the last request of that type."""
        return [request for request in self.requests if isinstance(request, kind)][-1]

    def _handler(self, method: MethodDescriptor) -> grpc.RpcMethodHandler:
        """Return what serves one method: a special one below, or what the test laid out."""
        special: dict[str, Callable[[Any, Any], Any]] = {
            "SignIn": self._sign_in,
            "SignOut": self._sign_out,
            "ValidateToken": self._validate,
            "WatchInstance": self._watch,
            "OpenConsole": self._console,
            "OpenTunnel": self._tunnel,
            "UploadImage": self._upload,
        }
        given = special.get(method.name) or (lambda request, _: self._plain(method, request))

        def one(request: Any, context: grpc.ServicerContext) -> Any:
            self._let_in(method.name, context)
            return given(request, context)

        def many(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            self._let_in(method.name, context)
            yield from given(request, context)

        makers = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }
        return makers[method.client_streaming, method.server_streaming](
            many if method.server_streaming else one,
            request_deserializer=method.input_type._concrete_class.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    def _let_in(self, method: str, context: grpc.ServicerContext) -> None:
        """Remember the call; end it when the test or the token says so."""
        metadata = dict(context.invocation_metadata())
        self.calls.append(Call(method, metadata))
        if self.failures.get(method):
            abort(context, self.failures[method].pop(0))
        token = str(metadata.get("authorization", "")).removeprefix("Bearer ")
        if method != "SignIn" and token not in self.tokens:
            abort(context, UNKNOWN_TOKEN)

    def _plain(self, method: MethodDescriptor, request: Any) -> Any:
        self.requests.append(request)
        answer = self.answers.get(method.name)
        if callable(answer):
            return answer(request)
        if answer is not None:
            return answer
        return [] if method.server_streaming else method.output_type._concrete_class()

    def _sign_in(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.requests.append(request)
        if request.password != PASSWORD:
            abort(context, WRONG_PASSWORD)
        self.tokens.append(f"vmt_{len(self.tokens)}")
        info = token_info(request.user_name, request.project or "admin")
        return identity_pb2.SignInResponse(token=self.tokens[-1], info=info)

    def _sign_out(self, _request: Any, context: grpc.ServicerContext) -> Any:
        metadata = dict(context.invocation_metadata())
        self.tokens.remove(str(metadata["authorization"]).removeprefix("Bearer "))
        return identity_pb2.SignOutResponse()

    def _validate(self, request: Any, context: grpc.ServicerContext) -> Any:
        if request.token not in self.tokens:
            abort(context, UNKNOWN_TOKEN)
        return self.answers.get("ValidateToken") or token_info()

    def _watch(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        self.requests.append(request)
        for part in self.answers["WatchInstance"](request):
            if isinstance(part, Failure):
                abort(context, part)
            elif isinstance(part, threading.Event):
                part.wait(10)
            else:
                yield part

    def _console(self, requests: Iterator[Any], _context: Any) -> Iterator[Any]:
        self.requests.append(next(requests))
        yield compute_pb2.OpenConsoleResponse(data=b"login: ")
        for request in requests:
            self.typed.append(request.data)
            yield compute_pb2.OpenConsoleResponse(data=request.data.upper())
            if b"exit" in request.data:
                return

    def _tunnel(self, requests: Iterator[Any], _: grpc.ServicerContext) -> Iterator[Any]:
        self.requests.append(next(requests))
        greeting = self.greetings.pop(0) if self.greetings else b""
        yield compute_pb2.OpenTunnelResponse(data=greeting)
        for request in requests:
            yield compute_pb2.OpenTunnelResponse(data=request.data.upper())
            if b"exit" in request.data:
                return

    def _upload(self, requests: Iterator[Any], context: grpc.ServicerContext) -> Any:
        description = next(requests).description
        self.requests.append(description)
        self.uploaded = b""
        for request in requests:
            if request.HasField("end"):
                self.requests.append(request.end)
                return image_pb2.Image(id="1", name=description.name, status="active")
            self.uploaded += request.chunk
        abort(context, CUT_OFF)
        return None


def token_info(user_name: str = "admin", project: str = "admin") -> identity_pb2.TokenInfo:
    """Return what a token says, good for an hour."""
    info = identity_pb2.TokenInfo(
        user_id=f"id-of-{user_name}",
        user_name=user_name,
        project_id=f"id-of-{project}",
        project_name=project,
        roles=["admin", "member"],
    )
    info.issued_at.FromSeconds(int(time.time()))
    info.expires_at.FromSeconds(int(time.time()) + 3600)
    return info


def abort(context: grpc.ServicerContext, failure: Failure) -> None:
    """End a call as the real daemon does, with google.rpc details."""
    if not failure.code:
        context.abort(failure.status, failure.message)
    info = error_details_pb2.ErrorInfo(
        reason=failure.code.upper().replace("-", "_"),
        domain="vmctl",
        metadata={
            "facts": json.dumps(failure.facts),
            "hint": failure.hint,
            "request_id": "req-of-the-daemon",
            "retryable": "false",
            "class": failure.class_name,
        },
    )
    status = status_pb2.Status(code=failure.status.value[0], message=failure.message)
    status.details.add().Pack(info)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(failure.status, failure.message)
