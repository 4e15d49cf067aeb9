"""Names that are not, or no longer, a command's, and the command that does it here.  Data only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Names that nova had once -> what they are called here; {0} is the first argument
ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "absolute-limits": ("limits",),
        "actions": ("instance-action-list",),
        "add-floating-ip": ("floating-ip-associate",),
        "aggregate-details": ("aggregate-show",),
        "credentials": ("whoami",),
        "floatingip-create": ("floating-ip-create",),
        "floatingip-delete": ("floating-ip-delete",),
        "floatingip-list": ("floating-ip-list",),
        "floatingip-show": ("floating-ip-show",),
        "host-describe": ("hypervisor-show",),
        "host-list": ("service-list",),
        "net-create": ("network-create",),
        "net-delete": ("network-delete",),
        "net-list": ("network-list",),
        "net-show": ("network-show",),
        "rate-limits": ("limits",),
        "secgroup-add-group-rule": (
            *("secgroup-rule-create", "{0}", "--remote-group", "{1}", "--protocol", "{2}"),
            *("--port-range-min", "{3}", "--port-range-max", "{4}"),
        ),
        "secgroup-add-rule": (
            *("secgroup-rule-create", "{0}", "--protocol", "{1}", "--port-range-min", "{2}"),
            *("--port-range-max", "{3}", "--remote-ip", "{4}"),
        ),
        "secgroup-list-rules": ("secgroup-rule-list",),
        "security-group-create": ("secgroup-create",),
        "security-group-delete": ("secgroup-delete",),
        "security-group-list": ("secgroup-list",),
        "security-group-rule-create": ("secgroup-rule-create",),
        "security-group-rule-delete": ("secgroup-rule-delete",),
        "security-group-rule-list": ("secgroup-rule-list",),
        "security-group-rule-show": ("secgroup-rule-show",),
        "security-group-show": ("secgroup-show",),
        "security-group-update": ("secgroup-update",),
        "remove-floating-ip": ("floating-ip-disassociate",),
        "rename": ("update", "--name", "{1}", "{0}"),
        "router-gateway-clear": ("router-unset", "--external-gateway"),
        "router-gateway-set": ("router-set", "--external-gateway", "{1}", "{0}"),
        "router-interface-add": ("router-add-subnet",),
        "router-interface-delete": ("router-remove-subnet",),
    }
)

# What people type who come from elsewhere -> what does it here
NEWER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "dead-letter-delete": "dead-letters-delete",
        "dead-letter-list": "dead-letters",
        "dead-letter-replay": "dead-letters-replay",
        "image-meta": "image-set",
        "image-save": "image-download",
        "image-update": "image-set",
        "keypair-create": "keypair-add",
        "ps": "list",
        "rm": "delete",
        "run": "boot",
        "secgroup-delete-group-rule": "secgroup-rule-delete",
        "secgroup-delete-rule": "secgroup-rule-delete",
        "server-create": "boot",
        "server-delete": "delete",
        "server-list": "list",
        "server-show": "show",
        "tenant-list": "project-list",
        "token-revoke": "logout",
        "user-password-set": "user-set",
    }
)
