"""Two processes of every role but compute share the work, and speak with one voice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import grpc
import pytest

from tests.integration.roles.users import Users
from tests.support.split import FOUR, Split
from tests.support.waiting import eventually
from vmctl.v1 import identity_pb2, image_pb2
from vmctl.v1.identity_pb2_grpc import IdentityServiceStub
from vmctl.v1.image_pb2_grpc import ImageServiceStub

TWICE = ("api", "scheduler", "conductor")
BOOTS = 40
NOTICED_S = 2.0  # how long a process may take a token for good that was ended at another


@pytest.fixture(scope="module")
def split(new_split, broker) -> Split:
    split = new_split(broker)
    split.start(FOUR)
    split.start(TWICE, 2)
    return split


@pytest.fixture(scope="module")
def others(split: Split, users: Users) -> Iterator[Users]:
    """People at the second api process."""
    others = Users(split, 2)
    others.cloud.token = users.cloud.token
    yield others
    others.close()


def test_two_of_each_build_each_server_once(users: Users, others: Users) -> None:
    one, two = users.boot(BOOTS), others.boot(BOOTS)

    ids = [*one.ids(), *two.ids()]

    assert others.all_settle(ids) == Counter(ACTIVE=2 * BOOTS)
    assert users.machines() == Counter(ids)
    users.delete_all()


@pytest.mark.long
def test_one_of_two_may_go_and_nobody_notices(split: Split, users: Users) -> None:
    boots = users.boot(BOOTS)
    boots.wait_accepted(BOOTS // 2)
    for role in ("scheduler", "conductor"):
        split.role(role, 2).kill()

    ids = boots.ids()

    assert users.all_settle(ids) == Counter(ACTIVE=BOOTS)
    assert users.machines() == Counter(ids)
    split.start(("scheduler", "conductor"), 2)
    users.delete_all()


def test_an_image_of_one_api_process_is_given_out_by_the_other(others: Users) -> None:
    with others.channel() as channel:
        answers = ImageServiceStub(channel).DownloadImage(
            image_pb2.DownloadImageRequest(image="tiny"), metadata=others.metadata, timeout=20
        )
        content = b"".join(answer.chunk for answer in answers)

    assert content.startswith(b"QFI\xfb")


def test_a_token_that_is_ended_at_one_is_good_at_no_other(users: Users, others: Users) -> None:
    leaver = Users(users.split)
    leaver.sign_in()
    with leaver.channel() as here, others.channel() as there:
        ask = ImageServiceStub(there).GetImage
        ask(image_pb2.GetImageRequest(image="tiny"), metadata=leaver.metadata, timeout=20)

        sign_out = IdentityServiceStub(here).SignOut
        sign_out(identity_pb2.SignOutRequest(), metadata=leaver.metadata, timeout=20)

        def is_refused() -> bool:
            try:
                ask(image_pb2.GetImageRequest(image="tiny"), metadata=leaver.metadata, timeout=20)
            except grpc.RpcError as error:
                return error.code() is grpc.StatusCode.UNAUTHENTICATED
            return False

        assert eventually(is_refused, NOTICED_S)
    leaver.close()
