"""Who may call what: one table for every method of every service.

A test compares it with the services' descriptors; ``docs/roles.md`` is made from it.  What a
caller may do *to which thing* (another project's instance, a shared network) is not decided
here but by the service that owns the thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vmctld.domain.identity import Caller, Role, TokenKind
from vmctld.errors import Forbidden

PACKAGE = "vmctl.v1"
_RANK = {Role.READER: 1, Role.MEMBER: 2, Role.ADMIN: 3}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a method asks of its caller.  Nothing set: nobody may call it."""

    public: bool = False  # anybody, without a token
    role: Role | None = None  # a person with at least this role in their project
    build: bool = False  # a build, if its token names the method
    service: bool = False  # a part of vmctl as itself, for instance an agent that undoes
    central: bool = False  # such a part, but for those on compute hosts
    own: bool = False  # below admin only to what is the caller's own: the service looks

    def permits(self, caller: Caller, method: str) -> bool:
        """Return true when ``caller`` may call ``method``, by its full name."""
        if caller.kind is TokenKind.BUILD:
            return self.build and method in caller.calls
        if caller.kind is TokenKind.SERVICE:
            return self.service or (self.central and not caller.is_agent)
        return self.role is not None and _rank(caller) >= _RANK[self.role]

    def in_words(self) -> str:
        """Return the rule as the documentation has it."""
        if self.public:
            return "anybody"
        words = [f"role {self.role}"] if self.role else []
        words += ["for others' than one's own: role admin"] if self.own else []
        words += ["build token"] if self.build else []
        words += ["service token"] if self.service else []
        words += ["service token, but an agent's"] if self.central else []
        return ", ".join(words)


PUBLIC = Rule(public=True)
READER = Rule(role=Role.READER)
MEMBER = Rule(role=Role.MEMBER)
ADMIN = Rule(role=Role.ADMIN)
SERVICE = Rule(service=True)
CENTRAL = Rule(central=True)
BUILD = Rule(build=True)
OWN = Rule(role=Role.READER, own=True)

SERVICES: Mapping[str, Mapping[str, Rule]] = {
    "IdentityService": {
        "SignIn": PUBLIC,
        # Whoever holds a token may know what it says: asking needs no other one
        "ValidateToken": PUBLIC,
        "SignOut": READER,
        "RevokeToken": READER,
        "IssueBuildToken": CENTRAL,
        "CreateUser": ADMIN,
        "GetUser": OWN,
        "ListUsers": ADMIN,
        "UpdateUser": OWN,
        "DeleteUser": ADMIN,
        "CreateProject": ADMIN,
        "GetProject": OWN,
        "ListProjects": ADMIN,
        "UpdateProject": ADMIN,
        "DeleteProject": ADMIN,
        "ListRoles": READER,
        "AddRole": ADMIN,
        "RemoveRole": ADMIN,
        "ListRoleAssignments": ADMIN,
    },
    "ImageService": {
        "UploadImage": Rule(role=Role.MEMBER, service=True),  # of what is queued
        "CreateImage": MEMBER,
        "DiscardImage": SERVICE,
        "DownloadImage": Rule(role=Role.READER, build=True, service=True),
        "GetImage": Rule(role=Role.READER, service=True),
        "LocateImage": Rule(build=True, service=True),
        "ListImages": READER,
        "UpdateImage": MEMBER,
        "DeleteImage": MEMBER,
    },
    "NetworkService": {
        "CreateNetwork": MEMBER,
        "GetNetwork": READER,
        "ListNetworks": READER,
        "DeleteNetwork": MEMBER,
        "CreateSubnet": MEMBER,
        "GetSubnet": READER,
        "ListSubnets": READER,
        "DeleteSubnet": MEMBER,
        "CreatePort": MEMBER,
        "GetPort": READER,
        "ListPorts": READER,
        "DeletePort": MEMBER,
        "ResolveNics": MEMBER,
        "EnsurePorts": BUILD,
        "ReleasePorts": SERVICE,
    },
    "SecurityGroupService": {
        "CreateSecurityGroup": MEMBER,
        "GetSecurityGroup": READER,
        "ListSecurityGroups": READER,
        "UpdateSecurityGroup": MEMBER,
        "DeleteSecurityGroup": MEMBER,
        "CreateSecurityGroupRule": MEMBER,
        "GetSecurityGroupRule": READER,
        "DeleteSecurityGroupRule": MEMBER,
        "UpdatePortSecurity": MEMBER,
        "ListInstanceGroups": READER,
        "AddInstanceGroup": MEMBER,
        "RemoveInstanceGroup": MEMBER,
        "ListHostGuards": SERVICE,
    },
    "RouterService": {
        "CreateRouter": MEMBER,
        "GetRouter": READER,
        "ListRouters": READER,
        "DeleteRouter": MEMBER,
        "SetRouterGateway": MEMBER,
        "ClearRouterGateway": MEMBER,
        "AddRouterSubnet": MEMBER,
        "RemoveRouterSubnet": MEMBER,
        "CreateFloatingIp": MEMBER,
        "GetFloatingIp": READER,
        "ListFloatingIps": READER,
        "DeleteFloatingIp": MEMBER,
        "AssociateFloatingIp": MEMBER,
        "DisassociateFloatingIp": MEMBER,
        "GetHostRouters": SERVICE,
    },
    "VolumeService": {
        "CreateVolume": MEMBER,
        "GetVolume": READER,
        "ListVolumes": READER,
        "DeleteVolume": Rule(role=Role.MEMBER, central=True),  # on termination
        "ExtendVolume": MEMBER,
        "UpdateVolume": MEMBER,
        "ResetVolumeStatus": ADMIN,
        "CreateVolumeSnapshot": MEMBER,
        "GetVolumeSnapshot": READER,
        "ListVolumeSnapshots": READER,
        "DeleteVolumeSnapshot": MEMBER,
        "CreateVolumeType": ADMIN,
        "GetVolumeType": READER,
        "ListVolumeTypes": READER,
        "DeleteVolumeType": ADMIN,
        "ResolveVolumes": MEMBER,
        "ReserveVolumes": CENTRAL,
        "ConnectVolumes": BUILD,
        "GrowVolume": BUILD,
        "BeginDetaching": CENTRAL,
        "ReleaseVolumes": SERVICE,
    },
    "ComputeService": {
        "BootInstance": MEMBER,
        "GetInstance": READER,
        "ListInstances": READER,
        "DeleteInstance": MEMBER,
        "WatchInstance": READER,
        "GetTrace": READER,
        "ExplainInstance": READER,
        "ListInstanceActions": READER,
        "GetInstanceAction": READER,
        "GetConsoleLog": READER,
        "OpenConsole": MEMBER,
        "OpenTunnel": MEMBER,
        "ListHosts": ADMIN,
    },
    "FlavorService": {
        "CreateFlavor": ADMIN,
        "GetFlavor": READER,
        "ListFlavors": READER,
        "DeleteFlavor": ADMIN,
        "UpdateFlavor": ADMIN,
        "SetExtraSpecs": ADMIN,
        "UnsetExtraSpecs": ADMIN,
        "AddFlavorAccess": ADMIN,
        "RemoveFlavorAccess": ADMIN,
        "ListFlavorAccess": ADMIN,
    },
    "InstanceDetailsService": {
        "UpdateInstance": MEMBER,
        "SetMetadata": MEMBER,
        "DeleteMetadata": MEMBER,
        "AddTags": MEMBER,
        "DeleteTags": MEMBER,
        "ReplaceTags": MEMBER,
    },
    "InstanceActionService": {
        "StopInstance": MEMBER,
        "StartInstance": MEMBER,
        "RebootInstance": MEMBER,
        "PauseInstance": MEMBER,
        "UnpauseInstance": MEMBER,
        "SuspendInstance": MEMBER,
        "ResumeInstance": MEMBER,
        "RestoreInstance": MEMBER,
        "RescueInstance": MEMBER,
        "UnrescueInstance": MEMBER,
        "RebuildInstance": MEMBER,
        "ResizeInstance": MEMBER,
        "ConfirmResize": MEMBER,
        "RevertResize": MEMBER,
        "LockInstance": MEMBER,
        "UnlockInstance": MEMBER,
        "AttachInterface": MEMBER,
        "DetachInterface": MEMBER,
        "GetDiagnostics": ADMIN,
        "ResetInstanceState": ADMIN,
    },
    "SnapshotService": {
        "SnapshotInstance": MEMBER,
        "BackupInstance": MEMBER,
        "ShelveInstance": MEMBER,
        "OffloadInstance": MEMBER,
        "UnshelveInstance": MEMBER,
    },
    "InstanceVolumeService": {
        "AttachVolume": MEMBER,
        "DetachVolume": MEMBER,
        "ExtendAttachedVolume": MEMBER,
    },
    "KeypairService": {
        "ImportKeypair": Rule(role=Role.MEMBER, own=True),
        "GetKeypair": OWN,
        "ListKeypairs": OWN,
        "DeleteKeypair": Rule(role=Role.MEMBER, own=True),
    },
    "QuotaService": {
        "GetQuotas": OWN,
        "UpdateQuotas": ADMIN,
        "ResetQuotas": ADMIN,
        "GetQuotaClass": READER,
        "UpdateQuotaClass": ADMIN,
    },
    "UsageService": {
        "GetUsage": OWN,
        "ListUsages": ADMIN,
    },
    "AggregateService": {
        "CreateAggregate": ADMIN,
        "GetAggregate": ADMIN,
        "ListAggregates": ADMIN,
        "UpdateAggregate": ADMIN,
        "DeleteAggregate": ADMIN,
        "AddAggregateHost": ADMIN,
        "RemoveAggregateHost": ADMIN,
        "ListAvailabilityZones": READER,
    },
    "ServerGroupService": {
        "CreateServerGroup": MEMBER,
        "GetServerGroup": READER,
        "ListServerGroups": READER,
        "DeleteServerGroup": MEMBER,
    },
    "ConsoleService": {
        "CreateConsole": MEMBER,
    },
    "HostService": {
        "GetHypervisor": ADMIN,
        "ListHypervisors": ADMIN,
        "GetHypervisorStats": ADMIN,
        "ListHypervisorServers": ADMIN,
        "UpdateHypervisor": ADMIN,
        "ListHostAgents": ADMIN,
        "UpdateHostAgent": ADMIN,
        "DeleteHostAgent": ADMIN,
    },
    "PlacementService": {
        "PreviewBoot": MEMBER,
    },
    "OperatorService": {
        "Diagnose": ADMIN,
        "Audit": ADMIN,
        "ListDeadLetters": ADMIN,
        "ReplayDeadLetter": ADMIN,
        "DeleteDeadLetter": ADMIN,
    },
    "AgentService": {
        "GetDiagnostics": CENTRAL,
        "ReadConsole": CENTRAL,
        "AttachConsole": CENTRAL,
        "OpenDisplay": CENTRAL,
        "OpenGuestPort": CENTRAL,
    },
}

RULES: Mapping[str, Rule] = {
    f"/{PACKAGE}.{service}/{method}": rule
    for service, methods in SERVICES.items()
    for method, rule in methods.items()
}


def authorize(caller: Caller, method: str, rule: Rule) -> None:
    """Raise Forbidden, saying what is missing, unless ``rule`` permits the call."""
    if rule.permits(caller, method):
        return
    name = method.rpartition("/")[2]
    roles = sorted(role.value for role in caller.roles)
    hint = ""
    if caller.kind is TokenKind.USER and rule.role is not None:
        hint = f"Ask an admin for the role {rule.role} in project {caller.project_name}."
    raise Forbidden(
        f"{name} is for: {rule.in_words()}; this is a {caller.kind} token"
        f" with {' and '.join(roles) or 'no role'} in project {caller.project_name}",
        code="not-allowed",
        hint=hint,
        facts={"method": method, "needs": rule.in_words(), "kind": caller.kind, "roles": [*roles]},
    )


def as_markdown() -> str:
    """Return the table for the documentation."""
    return "\n".join(_markdown_lines()) + "\n"


def _markdown_lines() -> Iterator[str]:
    yield "# Who may call what"
    yield ""
    yield "Made from `daemon/vmctld/rpc/roles.py` by `scripts/roles`; a test keeps it fresh."
    yield "Roles include those below them: admin, member, reader."
    for service, methods in SERVICES.items():
        yield ""
        yield f"## {service}"
        yield "| method | open to |"
        yield "| --- | --- |"
        for method, rule in methods.items():
            yield f"| {method} | {rule.in_words()} |"


def _rank(caller: Caller) -> int:
    return max((_RANK[role] for role in caller.roles), default=0)
