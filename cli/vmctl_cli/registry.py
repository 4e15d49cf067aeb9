"""Every command: its theme, the module it lives in, and what it is for in one line.

Data only, so that ``vmctl --help`` and a wrong name need no command's module.  A test holds
these lines to be the first lines of the commands' own help.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# theme, {module in vmctl_cli.commands: {command: purpose}}
THEMES: tuple[tuple[str, Mapping[str, Mapping[str, str]]], ...] = (
    (
        "Signing in",
        {
            "session": {
                "login": "Sign in and keep the token.",
                "logout": "End the session and forget its token.",
                "whoami": "Tell who is signed in, and where the token lives.",
                "token-issue": "Print a token for scripts.",
            },
        },
    ),
    (
        "Servers",
        {
            "boot": {"boot": "Boot servers."},
            "server_list": {"list": "List servers."},
            "servers": {"show": "Show one server."},
            "details": {
                "update": "Change a server's name, description or host name.",
                "meta": "Set or delete a server's metadata.",
                "server-tag-list": "List a server's tags.",
                "server-tag-add": "Add tags to a server.",
                "server-tag-set": "Replace all tags of a server.",
                "server-tag-delete": "Take tags off a server.",
                "server-tag-delete-all": "Take all tags off a server.",
            },
            "power": {
                "start": "Start stopped servers.",
                "stop": "Stop servers: the guest is asked to power off, and after a minute it is "
                "made to.",
                "reboot": "Reboot servers; --hard brings up any that is not gone.",
            },
            "freeze": {
                "pause": "Hold a server's guest; its memory stays where it is.",
                "unpause": "Let a paused server's guest go on.",
                "suspend": "Put a server's memory on its host's disk and end its machine.",
                "resume": "Let a suspended server go on where it was.",
            },
            "marks": {
                "lock": "Lock a server: nobody but admins acts on it.",
                "unlock": "Unlock a server.",
                "reset-state": "Set servers' states by hand; their machines are left alone.",
            },
            "delete": {"delete": "Delete servers."},
        },
    ),
    (
        "Into a server",
        {
            "access": {
                "ssh": "Open a shell in a server by SSH; ssh's own exit code is passed on.",
                "console": "Open a server's serial console; Ctrl-] leaves it.",
            },
            "diagnosis": {
                "console-log": "Print what a server wrote to its serial console.",
            },
        },
    ),
    (
        "What happened, and why",
        {
            "diagnosis": {
                "trace": "Show the 28 steps of a server's boot, the slowest marked.",
                "explain": "Show why the scheduler chose a server's host, or found none.",
                "instance-action-list": "List what was asked of a server.",
                "instance-action": "Show one action and its events.",
            },
        },
    ),
    (
        "Images",
        {
            "images": {
                "image-list": "List images.",
                "image-show": "Show one image.",
                "image-set": "Change what is known of an image.",
                "image-delete": "Delete images; servers booted from them stay.",
                "image-create": "Snapshot a server into an image (not supported yet).",
            },
            "image_transfer": {
                "image-upload": "Upload an image from a file or from stdin.",
                "image-download": "Download an image to a file or to stdout, and check its hash.",
            },
        },
    ),
    (
        "Flavors and keys",
        {
            "flavors": {
                "flavor-list": "List flavors.",
                "flavor-show": "Show one flavor.",
                "flavor-create": 'Create a flavor; the id "auto" draws one.',
                "flavor-delete": "Delete flavors; servers keep the size they have.",
            },
            "flavor_changes": {
                "flavor-update": "Change what a flavor is said to be for.",
                "flavor-key": "Set or unset a flavor's extra specs.",
                "flavor-access-list": "List the projects that may use a private flavor.",
                "flavor-access-add": "Let a project use a private flavor.",
                "flavor-access-remove": "Take a private flavor away from a project.",
            },
            "keypairs": {
                "keypair-add": "Add a key pair; without --pub-key make one, and print its "
                "private key.",
                "keypair-list": "List your key pairs.",
                "keypair-show": "Show one key pair, its public part.",
                "keypair-delete": "Delete key pairs; servers that have the key keep it.",
            },
        },
    ),
    (
        "Networks",
        {
            "networks": {
                "network-list": "List networks.",
                "network-show": "Show one network.",
                "network-create": "Create a network.",
                "network-delete": "Delete networks.",
                "subnet-list": "List subnets.",
                "subnet-show": "Show one subnet.",
                "subnet-create": "Create a subnet.",
                "subnet-delete": "Delete subnets.",
                "port-list": "List ports.",
                "port-show": "Show one port.",
                "port-create": "Create a port; a server gets it with boot --nic port-id=ID.",
                "port-delete": "Delete ports.",
            },
        },
    ),
    (
        "Volumes",
        {
            "volumes": {
                "volume-list": "List volumes.",
                "volume-show": "Show one volume.",
                "volume-create": "Create a volume.",
                "volume-delete": "Delete volumes and what is on them.",
            },
        },
    ),
    (
        "People and projects",
        {
            "users": {
                "user-list": "List users.",
                "user-show": "Show one user.",
                "user-create": "Create a user; the password is asked for.",
                "user-set": "Change a user; a new password ends all their tokens.",
                "user-delete": "Delete users.",
            },
            "projects": {
                "project-list": "List projects.",
                "project-show": "Show one project.",
                "project-create": "Create a project.",
                "project-set": "Change a project.",
                "project-delete": "Delete projects.",
                "role-list": "List the roles there are.",
                "role-add": "Give a user a role in a project.",
                "role-remove": "Take a role in a project away from a user.",
                "role-assignment-list": "List who has which role where.",
            },
            "quotas": {
                "quota-show": "Show what a project may have and has.",
                "quota-update": "Change what a project may have.",
            },
        },
    ),
    (
        "For operators",
        {
            "hosts": {
                "hypervisor-list": "List hosts and what is claimed of them.",
                "hypervisor-show": "Show one host.",
                "service-list": "List compute agents, and whether they are up.",
            },
            "operators": {
                "audit": "Look for what belongs to nothing alive; exit code 10 if anything is "
                "found.",
                "doctor": "Look the installation over; exit code 10 if a check failed.",
            },
            "dead_letters": {
                "dead-letters": "List the messages that nobody could handle, oldest first.",
                "dead-letters-replay": "Send messages again that nobody could handle; a boot that "
                "failed with one begins anew.",
                "dead-letters-delete": "Forget messages that nobody could handle.",
            },
        },
    ),
    (
        "This command line",
        {
            "about": {
                "help": "Show help on vmctl or on one command.",
                "completion": "Print the completion script of a shell.",
                "bash-completion": "Print all words for completion, as nova does.",
            },
        },
    ),
)

MODULES: Mapping[str, str] = MappingProxyType(
    {
        name: module
        for _theme, modules in THEMES
        for module, purposes in modules.items()
        for name in purposes
    }
)

# What people still type -> what it is called here
NEWER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "absolute-limits": "quota-show",
        "actions": "instance-action-list",
        "credentials": "whoami",
        "dead-letter-delete": "dead-letters-delete",
        "dead-letter-list": "dead-letters",
        "dead-letter-replay": "dead-letters-replay",
        "host-describe": "hypervisor-show",
        "host-list": "hypervisor-list",
        "image-meta": "image-set",
        "image-save": "image-download",
        "image-update": "image-set",
        "keypair-create": "keypair-add",
        "limits": "quota-show",
        "net-create": "network-create",
        "net-delete": "network-delete",
        "net-list": "network-list",
        "net-show": "network-show",
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
)
