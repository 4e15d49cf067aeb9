"""The daemon's codes by class, for faults: they come without one.

Made from the daemon's sources by scripts/errors; a test keeps it fresh.
"""

CODES = {
    "AlreadyExists": """
aggregate-exists already-exists claimed-already flavor-access-exists flavor-exists
host-in-aggregate idempotency-key-reused image-exists key-pair-exists mac-in-use project-exists
security-group-rule-exists user-exists volume-type-exists
""",
    "Conflict": """
ambiguous-name conflict flavor-public floating-ip-in-use host-in-another-zone image-deleted
multiple-networks port-has-floating-ip subnet-has-router
""",
    "Corrupted": """
checksum-mismatch copy-differs corrupted image-file-damaged image-unreadable
machine-record-unreadable volume-damaged
""",
    "Exhausted": """
disk-full exhausted guest-uids-exhausted image-too-large message-too-large no-free-address
no-free-mac too-many-consoles too-many-streams volume-too-large
""",
    "Forbidden": """
admin-only admin-only-filter build-only console-not-allowed forbidden forced-host-forbidden
locked-by-admin no-project not-allowed not-an-agent not-for-agents not-for-services
not-for-users not-owner not-your-action not-your-host not-your-image not-your-instance
other-host public-needs-admin root-volume sender-refused service-only wrong-instance
""",
    "HypervisorFailed": """
disk-not-copied disk-not-grown host-network-failed host-refused hypervisor-failed machine-undead
memory-not-saved monitor-refused monitor-silent
""",
    "Internal": """
delivery-limit failpoint internal volume-not-made
""",
    "InvalidRequest": """
bad-bus-url checksum-missing disk-would-shrink empty-stream flavor-disk-too-small
flavor-memory-too-small image-format-unsupported invalid-address invalid-address-pair
invalid-aggregate-metadata invalid-availability-zone invalid-backup invalid-cidr
invalid-console-type invalid-count invalid-credentials invalid-credentials-name
invalid-database-url invalid-direction invalid-dns-server invalid-endpoints invalid-ethertype
invalid-failpoint invalid-fixed-ip invalid-flavor invalid-gateway invalid-hint invalid-hostname
invalid-icmp-type invalid-id invalid-limit invalid-mac invalid-metadata invalid-minimum
invalid-mtu invalid-name invalid-nic invalid-offset invalid-password invalid-pattern
invalid-period invalid-physical-network invalid-policy invalid-policy-rule invalid-pool
invalid-port invalid-port-range invalid-properties invalid-public-key invalid-query
invalid-quota invalid-ratio invalid-remote invalid-request invalid-setting invalid-size
invalid-sort-key invalid-status invalid-tag invalid-text invalid-time invalid-tls
invalid-visibility invalid-volume malformed-message network-external network-not-external
no-boot-source no-rescue-image nothing-to-change private-key-given project-required
quota-below-use reason-unexpected same-database same-flavor socket-path-too-long subnets-overlap
tls-missing too-many-address-pairs too-many-dns-servers too-many-security-groups too-many-tags
unknown-message unknown-protocol unknown-quota unknown-role unreadable-message unstorable-value
upload-incomplete upload-out-of-order user-data-too-large volume-not-bootable volume-too-small
""",
    "NoValidHost": """
no-room-to-resize
""",
    "NotFound": """
action-not-found assignment-not-found copy-not-found decision-not-found extra-spec-not-found
flavor-access-not-found host-not-in-aggregate image-not-found machine-not-found
metadata-item-not-found network-not-found no-such-database not-found port-not-attached
port-not-found port-not-plugged quota-class-not-found router-interface-not-found
router-not-found security-group-not-on-server tag-not-found token-not-found
""",
    "NotSupported": """
bus-library-missing dead-letter-unreadable driver-missing ipv6-not-supported not-supported
port-kind-not-supported port-not-forwarded qemu-img-missing rebuild-of-volume snapshot-of-volume
subnet-size-not-supported web-consoles-off web-library-missing
""",
    "QuotaExceeded": """
quota-exceeded too-many-cards too-many-volumes too-much-metadata
""",
    "TimedOut": """
database-busy database-slow guest-keeps-card guest-keeps-volume timed-out workers-busy
""",
    "Unauthenticated": """
console-pass-invalid no-token role-lost sign-in-locked token-expired token-invalid
unauthenticated user-disabled user-gone wrong-credentials
""",
    "Unavailable": """
address-unusable agent-not-located bridge-needs-root broker-access-refused broker-away
broker-full broker-login-refused broker-tls-failed broker-vhost-refused bus-closed
call-interrupted console-ended console-unreachable database-access-denied database-closed
database-commit-unknown database-conflict database-connection-lost database-locked
database-unavailable guest-port-closed identity-unavailable network-tool-missing nobody-serves
qemu-missing queue-full queue-lost queue-of-another-kind setpriv-missing shutting-down
sign-in-busy starting state-dir-in-use state-dir-unusable unavailable
""",
    "WrongState": """
aggregate-not-empty console-taken database-encoding database-foreign database-in-use
database-newer database-not-empty database-older dead-letter-overtaken
external-network-not-reachable floating-ip-not-associated image-file-absent image-not-queued
image-protected instance-locked instance-not-ready instance-wrong-state last-admin
network-without-subnet newer-attempt no-display no-external-bridge no-image-to-rebuild
no-image-to-rescue no-network no-own-disk not-being-deleted not-running own-account own-project
port-in-use port-of-hosts project-not-empty router-in-use security-group-in-use service-in-use
snapshot-in-use snapshot-not-available subnet-without-gateway task-over unshelve-has-host
volume-has-snapshots volume-in-use volume-not-available volume-type-in-use wrong-state
zone-in-use
""",
}
