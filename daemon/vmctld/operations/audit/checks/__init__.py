"""All checks, in the order in which they look and mend.

Machines come first: an address or a volume is free only when nothing that runs uses it.
Claims come before the totals that are counted from them.
"""

from vmctld.operations.audit.checks.addresses import (
    doubled_addresses,
    stray_addresses,
    wrong_addresses,
)
from vmctld.operations.audit.checks.attachments import (
    attached_volumes_that_look_free,
    stray_attachments,
    volumes_without_attachment,
)
from vmctld.operations.audit.checks.claims import (
    host_totals,
    overfull_hosts,
    stray_allocations,
    wrong_allocations,
)
from vmctld.operations.audit.checks.deadlines import overdue_instances
from vmctld.operations.audit.checks.faults import missing_faults, telling_faults
from vmctld.operations.audit.checks.files import files_of_no_record, half_made_files
from vmctld.operations.audit.checks.image_cache import stray_holds, unneeded_copies
from vmctld.operations.audit.checks.images import damaged_images, overdue_images
from vmctld.operations.audit.checks.journal import open_actions
from vmctld.operations.audit.checks.machine_files import (
    files_of_fake_machines,
    machine_directories,
)
from vmctld.operations.audit.checks.machines import (
    instances_without_machine,
    machines_of_stopped_instances,
    stray_machines,
)
from vmctld.operations.audit.checks.messages import missed_dead_letters, unsettled_messages
from vmctld.operations.audit.checks.ports import instances_without_ports, stray_ports
from vmctld.operations.audit.checks.processes import stray_processes
from vmctld.operations.audit.checks.quotas import quota_usages
from vmctld.operations.audit.checks.routers import stray_router_namespaces, stray_router_ports
from vmctld.operations.audit.checks.tokens import expired_tokens, idle_build_tokens
from vmctld.operations.audit.checks.volumes import overdue_volumes, volumes_without_file
from vmctld.operations.audit.suspect import Check

CHECKS = (
    Check("I4", stray_machines),
    Check("I4", stray_processes),
    Check("I4", instances_without_machine),
    Check("I4", machines_of_stopped_instances),
    Check("I3", stray_allocations),
    Check("I3", wrong_allocations),
    Check("I3", host_totals),
    Check("I3", overfull_hosts),
    Check("I14", quota_usages),
    Check("I5", stray_ports),
    Check("I5", instances_without_ports),
    Check("I5", stray_router_ports),
    Check("I4", stray_router_namespaces),
    Check("I5", stray_addresses),
    Check("I5", doubled_addresses),
    Check("I5", wrong_addresses),
    Check("I8", stray_attachments),
    Check("I8", volumes_without_attachment),
    Check("I8", attached_volumes_that_look_free),
    Check("I8", overdue_volumes),
    Check("I8", volumes_without_file),
    Check("I9", damaged_images),
    Check("I9", overdue_images),
    Check("I7", stray_holds),
    Check("I7", unneeded_copies),
    Check("I7", half_made_files),
    Check("I7", files_of_no_record),
    Check("I7", files_of_fake_machines),
    Check("I7", machine_directories),
    Check("I10", missing_faults),
    Check("I10", telling_faults),
    Check("I11", overdue_instances),
    Check("I12", open_actions),
    Check("I13", unsettled_messages),
    Check("I13", missed_dead_letters),
    Check("I16", expired_tokens),
    Check("I16", idle_build_tokens),
)

__all__ = ["CHECKS"]
