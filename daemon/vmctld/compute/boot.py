"""The score of a boot: 28 traced steps in 10 actions, who plays them, and what undoes them.

Data only.  The scheduler, the conductor and the agent bind these rows to code; a test
compares the two, and another holds that every step from 1 to 28 is there once, in order.
"""

from __future__ import annotations

from dataclasses import dataclass

CLIENT = "client"
IDENTITY = "identity"
API = "compute api"
DATABASE = "database"
SCHEDULER = "scheduler"
AGENT = "compute agent"
CONDUCTOR = "conductor"
IMAGE = "image service"
NETWORK = "network service"
VOLUME = "volume service"
DRIVER = "driver"


@dataclass(frozen=True, slots=True)
class StepScore:
    """One step: its number, who does it, with whom, and what it is in a few words."""

    number: int
    component: str
    peer: str
    name: str


@dataclass(frozen=True, slots=True)
class ActionScore:
    """One action: the steps of one exchange, the component that owns it, its undo in words."""

    name: str
    owner: str
    undo: str
    steps: tuple[StepScore, ...]


SCORE = (
    ActionScore(
        "sign-in",
        IDENTITY,
        "none: a token expires",
        (
            StepScore(1, CLIENT, IDENTITY, "send credentials"),
            StepScore(2, IDENTITY, CLIENT, "check them, return a token"),
        ),
    ),
    ActionScore(
        "admit",
        API,
        "none: nothing was made",
        (
            StepScore(3, CLIENT, API, "ask for an instance"),
            StepScore(4, API, IDENTITY, "is this token valid?"),
            StepScore(5, IDENTITY, API, "its owner and roles"),
        ),
    ),
    ActionScore(
        "create-entry",
        API,
        "set ERROR with its fault; never delete what the user asked for",
        (
            StepScore(6, API, DATABASE, "begin a transaction"),
            StepScore(7, DATABASE, "", "make the instance's entry"),
        ),
    ),
    ActionScore(
        "place",
        SCHEDULER,
        "release the claim, clear the host",
        (
            StepScore(8, API, SCHEDULER, "call: set the host"),
            StepScore(9, SCHEDULER, "", "take the request"),
            StepScore(10, SCHEDULER, DATABASE, "filter and weigh the hosts"),
            StepScore(11, DATABASE, "", "claim the host, set it on the entry"),
        ),
    ),
    ActionScore(
        "dispatch",
        SCHEDULER,
        "none: what is not acknowledged is delivered again",
        (
            StepScore(12, SCHEDULER, AGENT, "cast: build this instance"),
            StepScore(13, AGENT, "", "take the request"),
        ),
    ),
    ActionScore(
        "load-instance",
        AGENT,
        "none: only reads",
        (
            StepScore(14, AGENT, CONDUCTOR, "call: what is this instance?"),
            StepScore(15, CONDUCTOR, "", "take the request"),
            StepScore(16, CONDUCTOR, DATABASE, "read the instance"),
            StepScore(17, CONDUCTOR, AGENT, "answer through the queue"),
            StepScore(18, AGENT, "", "have the instance's data"),
        ),
    ),
    ActionScore(
        "fetch-image",
        AGENT,
        "drop this instance's hold on the cached image",
        (
            StepScore(19, AGENT, IMAGE, "where is the image?"),
            StepScore(20, IMAGE, IDENTITY, "is this token valid?"),
            StepScore(21, IMAGE, AGENT, "the image's metadata"),
        ),
    ),
    ActionScore(
        "allocate-ports",
        AGENT,
        "release the ports",
        (
            StepScore(22, AGENT, NETWORK, "allocate addresses"),
            StepScore(23, NETWORK, IDENTITY, "is this token valid?"),
            StepScore(24, NETWORK, AGENT, "ports, MAC and IP addresses"),
        ),
    ),
    ActionScore(
        "connect-volumes",
        AGENT,
        "disconnect and unreserve, last first",
        (
            StepScore(25, AGENT, VOLUME, "the volumes to attach"),
            StepScore(26, VOLUME, IDENTITY, "is this token valid?"),
            StepScore(27, VOLUME, AGENT, "how to connect to them"),
        ),
    ),
    ActionScore(
        "spawn",
        AGENT,
        "destroy the machine, delete its disk",
        (StepScore(28, AGENT, DRIVER, "run the machine"),),
    ),
)

ACTIONS = {action.name: action for action in SCORE}
STEPS = {step.number: step for action in SCORE for step in action.steps}
POSITION = {action.name: position for position, action in enumerate(SCORE)}
BUILD_ACTIONS = ("fetch-image", "allocate-ports", "connect-volumes", "spawn")
"""The actions that the agent runs as a saga, in order."""

BUILD_CALLS = frozenset(
    {
        "/vmctl.v1.ImageService/LocateImage",
        "/vmctl.v1.ImageService/DownloadImage",
        "/vmctl.v1.NetworkService/EnsurePorts",
        "/vmctl.v1.VolumeService/ConnectVolumes",
    }
)
"""What a build token is good for."""

BUILD_TIMEOUT_S = 300.0  # from the start slot on its host to ACTIVE
HOSTS_TRIED = 3  # nova's max_attempts
