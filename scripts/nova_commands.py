"""The commands of nova's last client, and why some of them are not here.  Data only.

Tiers: T1 is what every user needs, T2 what operators do, T3 what is rare, X what was for
hypervisors and services that are gone.
"""

from __future__ import annotations

from collections.abc import Mapping

# theme, then its commands by tier
NOVA: tuple[tuple[str, Mapping[str, str]], ...] = (
    (
        "Lifecycle",
        {
            "T1": "boot list show delete update rebuild resize resize-confirm resize-revert "
            "lock unlock",
            "T2": "force-delete restore reset-state shelve shelve-offload unshelve",
        },
    ),
    (
        "Power",
        {
            "T1": "start stop reboot pause unpause suspend resume rescue unrescue",
            "T3": "trigger-crash-dump",
        },
    ),
    (
        "Access",
        {
            "T1": "console-log get-vnc-console get-serial-console ssh "
            "keypair-add keypair-list keypair-show keypair-delete",
            "T2": "set-password",
            "T3": "get-spice-console get-mks-console get-password clear-password",
            "X": "get-rdp-console",
        },
    ),
    ("Images", {"T1": "image-create", "T2": "backup"}),
    (
        "Flavors",
        {
            "T1": "flavor-list flavor-show",
            "T2": "flavor-create flavor-delete flavor-key flavor-update "
            "flavor-access-add flavor-access-list flavor-access-remove",
        },
    ),
    (
        "Metadata and tags",
        {
            "T1": "meta",
            "T2": "server-tag-add server-tag-delete server-tag-delete-all server-tag-list "
            "server-tag-set",
        },
    ),
    (
        "Network of a server",
        {
            "T1": "interface-attach interface-detach interface-list "
            "add-secgroup remove-secgroup list-secgroup",
            "T3": "refresh-network",
            "X": "reset-network",
        },
    ),
    (
        "Volumes of a server",
        {"T1": "volume-attach volume-detach volume-attachments", "T3": "volume-update"},
    ),
    (
        "Diagnosis",
        {
            "T1": "instance-action-list instance-action",
            "T2": "diagnostics",
            "T3": "server-topology",
        },
    ),
    (
        "Capacity, quotas, usage",
        {
            "T1": "availability-zone-list limits quota-show",
            "T2": "quota-defaults quota-update quota-delete quota-class-show quota-class-update "
            "usage usage-list",
            "T3": "instance-usage-audit-log",
        },
    ),
    (
        "Placement policy",
        {
            "T2": "server-group-create server-group-delete server-group-get server-group-list "
            "aggregate-create aggregate-delete aggregate-list aggregate-show aggregate-update "
            "aggregate-add-host aggregate-remove-host aggregate-set-metadata",
            "T3": "aggregate-cache-images",
        },
    ),
    (
        "Moves",
        {
            "T2": "migrate live-migration live-migration-abort live-migration-force-complete "
            "server-migration-list server-migration-show migration-list evacuate "
            "host-evacuate host-evacuate-live host-servers-migrate",
            "T3": "host-meta",
        },
    ),
    (
        "Hosts and services",
        {
            "T2": "hypervisor-list hypervisor-show hypervisor-servers hypervisor-stats "
            "service-list service-enable service-disable service-force-down service-delete",
            "T3": "hypervisor-uptime",
        },
    ),
    ("Client", {"T1": "bash-completion help", "T3": "version-list"}),
    ("Legacy", {"X": "agent-create agent-delete agent-list agent-modify"}),
)

_GUESTS_OF_XEN = "was for agents in guests of XenAPI, which is gone"
LEFT_OUT: Mapping[str, str] = {
    "get-mks-console": "is for VMware alone",
    "get-rdp-console": "was for Hyper-V, which nova itself left",
    "get-spice-console": "guests have VNC and a serial console; nothing here speaks SPICE",
    "reset-network": _GUESTS_OF_XEN,
    "refresh-network": "there is no copy of a server's addresses that could be out of date",
    "version-list": "the wire has one version; `vmctl --version` and `vmctl doctor` tell theirs",
    "instance-usage-audit-log": "usage is computed from the servers themselves; nothing is audited",
    "agent-create": _GUESTS_OF_XEN,
    "agent-delete": _GUESTS_OF_XEN,
    "agent-list": _GUESTS_OF_XEN,
    "agent-modify": _GUESTS_OF_XEN,
}
"""For good."""

NOT_YET: Mapping[str, str] = {
    theme: why
    for themes, why in (
        (("Moves",), "moves come with shared storage between hosts"),
        (("Network of a server",), "comes with security groups and cards plugged in at run time"),
        (("Volumes of a server",), "comes with volumes plugged in at run time"),
    )
    for theme in themes
}
"""By theme; what is missing elsewhere has no reason but that nobody made it yet."""
