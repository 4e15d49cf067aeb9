"""What happens before a handler runs.  The contract of the carriers shows most of it."""

from contextvars import Context

import grpc
import pytest

from tests.support.carriers import KnownTokens, by
from vmctld.rpc.handlers import behaviour_of
from vmctld.rpc.interceptors import Guard, id_and_token
from vmctld.wire.carrier.call import Aborted, LocalContext

METHOD = "/vmctl.v1.KeypairService/GetKeypair"


def guarded(behaviour):
    """Return ``behaviour`` behind the guard."""
    handler = grpc.unary_unary_rpc_method_handler(behaviour)
    return behaviour_of(Guard(KnownTokens()).wrap(METHOD, handler))


def test_a_method_without_a_rule_cannot_be_served():
    handler = grpc.unary_unary_rpc_method_handler(lambda *_: None)

    with pytest.raises(KeyError):
        Guard(KnownTokens()).wrap("/vmctl.v1.KeypairService/ForgeKeypair", handler)


def test_a_handler_does_not_run_for_a_caller_who_is_refused():
    ran = []
    context = LocalContext(by("forged"), None)

    with pytest.raises(Aborted):
        Context().run(guarded(lambda *_: ran.append(1)), "request", context)

    assert ran == []
    assert context.status is grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize(
    ("metadata", "token"),
    [
        ([("authorization", "Bearer abc")], "abc"),
        ([("authorization", "BEARER  abc ")], "abc"),
        ([("authorization", "Bearer ")], None),
        ([("authorization", "Token abc")], None),
        ([("authorization", b"Bearer abc")], None),
        ([], None),
    ],
)
def test_a_token_is_what_stands_after_bearer(metadata, token):
    assert id_and_token(LocalContext(metadata, None))[1] == token
