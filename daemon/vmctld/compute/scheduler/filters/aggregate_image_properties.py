"""Do the host's aggregates and the image agree on the properties that both have?"""

from __future__ import annotations

from vmctld.compute.scheduler.request import PlacementRequest
from vmctld.domain.host import HostState


def aggregates_agree_with_the_image(host: HostState, request: PlacementRequest) -> str | None:
    """Refuse a host whose aggregates say something else about a property of the image."""
    properties = request.image_properties
    if not properties:
        return None
    for key, values in host.aggregate_metadata.items():
        wanted = properties.get(key)
        if wanted is not None and wanted not in values:
            return f"its aggregates have {key} {', '.join(sorted(values))}, the image has {wanted}"
    return None
