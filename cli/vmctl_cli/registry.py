"""Every command: its theme, the module it lives in, and what it is for in one line.

Data only, so that ``vmctl --help`` and a wrong name need no command's module.  A test holds
these lines to be the first lines of the commands' own help.
"""

from __future__ import annotations

from collections.abc import Mapping

# theme, module in vmctl_cli.commands, {command: purpose}
THEMES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    (
        "Signing in",
        "session",
        {
            "login": "Sign in and keep the token.",
            "logout": "End the session and forget its token.",
            "whoami": "Tell who is signed in, and where the token lives.",
            "token-issue": "Print a token for scripts.",
        },
    ),
    (
        "Servers",
        "servers",
        {
            "list": "List servers.",
            "show": "Show one server.",
        },
    ),
)

MODULES: Mapping[str, str] = {
    name: module for _theme, module, purposes in THEMES for name in purposes
}

# What people still type -> what it is called here
NEWER_NAMES: Mapping[str, str] = {
    "absolute-limits": "quota-show",
    "actions": "instance-action-list",
    "credentials": "whoami",
    "flavor-access": "flavor-show",
    "glance": "image-list",
    "host-list": "hypervisor-list",
    "image-meta": "image-set",
    "image-update": "image-set",
    "image-save": "image-download",
    "keypair-create": "keypair-add",
    "limits": "quota-show",
    "net-create": "network-create",
    "net-delete": "network-delete",
    "net-list": "network-list",
    "net-show": "network-show",
    "password": "user-set",
    "ps": "list",
    "rm": "delete",
    "run": "boot",
    "server-create": "boot",
    "server-delete": "delete",
    "server-list": "list",
    "server-show": "show",
    "tenant-list": "project-list",
    "token-revoke": "logout",
    "user-password-set": "user-set",
}
