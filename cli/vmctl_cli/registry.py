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
            "rescue": {
                "rescue": "Boot a server from a copy of an image, its own disk second.",
                "unrescue": "Boot a rescued server from its own disk again.",
            },
            "reshape": {
                "resize": "Give a server another size, on trial until it is confirmed or reverted.",
                "resize-confirm": "Keep a server's new size, and free what the old one needs.",
                "resize-revert": "Give a server its old size and its old disk back.",
                "rebuild": "Give a server a fresh disk from an image; it keeps id, ports and "
                "addresses.",
            },
            "shelve": {
                "shelve": "Stop a server, keep its disk as an image, and give up its host.",
                "shelve-offload": "Have a shelved server give up its host now.",
                "unshelve": "Bring a shelved server back, with its id, ports, addresses and "
                "volumes.",
            },
            "marks": {
                "lock": "Lock a server: nobody but admins acts on it.",
                "unlock": "Unlock a server.",
                "reset-state": "Set servers' states by hand; their machines are left alone.",
            },
            "delete": {"delete": "Delete servers."},
            "trash": {
                "force-delete": "Delete a server for good, even where it could be restored.",
                "trash-list": "List deleted servers that can be restored.",
                "restore": "Bring back a deleted server while it is kept.",
            },
        },
    ),
    (
        "Into a server",
        {
            "access": {
                "ssh": "Open a shell in a server by SSH; ssh's own exit code is passed on.",
                "console": "Open a server's serial console; Ctrl-] leaves it.",
                "tunnel": "Join standard input and output to a TCP port of a server, "
                "wherever its network is.",
            },
            "web_consoles": {
                "get-vnc-console": "Get a URL that shows a server's screen in a browser.",
                "get-serial-console": "Get a URL that opens a server's serial console in a "
                "browser.",
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
            "measuring": {
                "diagnostics": "Show what a running server's machine has done so far; for admins.",
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
            },
            "snapshots": {
                "image-create": "Make an image of a server's disk; a running guest runs on.",
                "backup": "Make an image of a server's disk, and delete its oldest of that type "
                "beyond ROTATION.",
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
            "port_security": {
                "port-update": "Change what is enforced at a port, a running server's within "
                "seconds.",
            },
            "security_groups": {
                "secgroup-list": "List security groups.",
                "secgroup-show": "Show one security group and its rules.",
                "secgroup-create": "Create a security group: all may leave, and nothing may come "
                "in yet.",
                "secgroup-update": "Change a security group's name or description.",
                "secgroup-delete": "Delete security groups that no server is in, and the rules "
                "that name them.",
                "list-secgroup": "List the security groups of a server.",
                "add-secgroup": "Put a server, with all its ports, into a security group.",
                "remove-secgroup": "Take a server out of a security group; what that alone allowed "
                "is cut off.",
            },
            "security_group_rules": {
                "secgroup-rule-list": "List the rules of a security group, or of all.",
                "secgroup-rule-show": "Show one rule.",
                "secgroup-rule-create": "Allow something more in a security group, on running "
                "servers within seconds.",
                "secgroup-rule-delete": "Delete rules; connections that they alone allowed are cut "
                "off.",
            },
            "routers": {
                "router-list": "List routers.",
                "router-show": "Show one router, its gateway and interfaces.",
                "router-create": "Create a router.",
                "router-delete": "Delete routers, which must have no interfaces.",
                "router-set": "Give a router a way out, or change the one that it has.",
                "router-unset": "Take a router's way out away.",
                "router-add-subnet": "Make a router the gateway of a subnet.",
                "router-remove-subnet": "Take a router off a subnet.",
            },
            "floating_ips": {
                "floating-ip-list": "List floating IPs and where they lead.",
                "floating-ip-show": "Show one floating IP, by address or id.",
                "floating-ip-create": "Take a floating IP of an external network.",
                "floating-ip-delete": "Give floating IPs back, wherever they lead.",
                "floating-ip-associate": "Have a floating IP lead to a server, whether it runs or "
                "not.",
                "floating-ip-disassociate": "Have a floating IP lead nowhere; connections through "
                "it are cut.",
            },
            "topology": {
                "network-topology": "Draw networks, routers, servers and their addresses.",
            },
            "interfaces": {
                "interface-list": "List a server's network cards.",
                "interface-attach": "Plug a network card into a server, whether it runs or not.",
                "interface-detach": "Take a network card out of a server; a port that was made "
                "for it goes too.",
            },
        },
    ),
    (
        "Volumes",
        {
            "volumes": {
                "volume-list": "List volumes.",
                "volume-show": "Show one volume.",
                "volume-create": "Create a volume: blank, or from an image, a snapshot or another "
                "volume.",
                "volume-delete": "Delete volumes and what is on them.",
            },
            "volume_changes": {
                "volume-extend": "Make a volume larger; the guest of a server that has it sees "
                "that at once.",
                "volume-set": "Change a volume's name, description or flags.",
                "volume-reset-state": "Set the status of volumes by hand; for admins.",
            },
            "volume_attachments": {
                "volume-attach": "Attach a volume to a server, whether it runs or not.",
                "volume-detach": "Detach a volume from a server, once its guest has let go of it.",
                "volume-attachments": "List the volumes of a server.",
            },
            "volume_snapshots": {
                "volume-snapshot-list": "List snapshots of volumes.",
                "volume-snapshot-show": "Show one snapshot of a volume.",
                "volume-snapshot-create": "Keep what is on a volume now; no server may have it "
                "meanwhile.",
                "volume-snapshot-delete": "Delete snapshots of volumes; what was made from them "
                "stays.",
            },
            "volume_types": {
                "volume-type-list": "List types of volumes.",
                "volume-type-show": "Show one type of volumes.",
                "volume-type-create": "Create a type of volumes; for admins.",
                "volume-type-delete": "Delete types that no volume has; for admins.",
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
        },
    ),
    (
        "Quotas and usage",
        {
            "quotas": {
                "quota-show": "Show what a project may have and has.",
                "quota-defaults": "Show what a project may have that has no limits of its own.",
                "quota-update": "Change what a project may have.",
                "quota-delete": "Take a project's own limits away, so that the defaults hold.",
                "quota-class-show": 'Show the limits of a class; "default" is the only one.',
                "quota-class-update": "Change what every project may have that has no limits of "
                "its own.",
            },
            "usage": {
                "limits": "Show what a project may have at most, and what it has.",
                "usage": "Show what a project's servers used, in hours.",
                "usage-list": "List what the servers of all projects used, in hours.",
            },
        },
    ),
    (
        "Where servers go",
        {
            "server_groups": {
                "server-group-create": "Create a group: affinity, anti-affinity, soft-affinity or "
                "soft-anti-affinity.",
                "server-group-list": "List server groups.",
                "server-group-get": "Show one server group and its members.",
                "server-group-delete": "Delete server groups; their servers live on.",
            },
            "aggregates": {
                "availability-zone-list": "List availability zones; for admins, with their hosts.",
                "aggregate-create": "Create an aggregate of hosts; with a zone, its hosts make "
                "that.",
                "aggregate-list": "List aggregates.",
                "aggregate-show": "Show one aggregate, its hosts and metadata.",
                "aggregate-update": "Change an aggregate's name or zone.",
                "aggregate-add-host": "Put a host into an aggregate, and into its zone.",
                "aggregate-remove-host": "Take a host out of an aggregate.",
                "aggregate-set-metadata": "Set an aggregate's metadata; a key alone takes that "
                "one away.",
                "aggregate-delete": "Delete an aggregate, which must have no hosts.",
            },
        },
    ),
    (
        "For operators",
        {
            "hosts": {
                "hypervisor-list": "List hosts and what is claimed of them.",
                "hypervisor-show": "Show one host.",
                "hypervisor-servers": "List the servers of a host, or of all whose names contain "
                "this.",
                "hypervisor-stats": "Show sums over all hosts that are enabled.",
                "hypervisor-uptime": "Show how long a host is up, and its load.",
                "hypervisor-set": "Change how many times over a host can be claimed.",
            },
            "services": {
                "service-list": "List compute agents, and whether they are up.",
                "service-enable": "Let the scheduler use a host again; by the service's id or its "
                "host.",
                "service-disable": "Keep the scheduler off a host; its servers go on running.",
                "service-force-down": "Say that a host is dead, so that nobody waits for it.",
                "service-delete": "Forget a host that has no servers; one that lives comes back by "
                "itself.",
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
            "errors": {"errors": "List the stable error codes, their exit codes and remedies."},
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
