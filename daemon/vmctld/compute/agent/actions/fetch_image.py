"""Steps 19 to 21: where is the image, what is it, and a verified copy of it on this host."""

from __future__ import annotations

from vmctld.compute.agent.context import BuildContext
from vmctld.compute.agent.exchange import ask
from vmctld.compute.agent.ports import LocatedImage
from vmctld.domain.clock import Clock
from vmctld.errors import InvalidRequest

GIB = 1024**3


class FetchImage:
    """Have the image's file at hand, held for this instance."""

    name = "fetch-image"
    steps = (19, 20, 21)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def do(self, ctx: BuildContext) -> None:
        """Locate the image and make sure that this host has its own copy."""
        image_id = ctx.instance.disk_image_id

        def fetch(located: LocatedImage | None) -> None:
            if located is not None:
                _check_fits(ctx, located)
                ctx.image_path = ctx.cache.ensure(ctx.instance.id, located)
                ctx.image_format = located.image.disk_format

        ask(
            ctx.tracer,
            self._clock,
            self.steps,
            lambda: ctx.services.images.locate(image_id),
            _described,
            use=fetch,
            nothing=image_id is None,
        )

    def undo(self, ctx: BuildContext) -> None:
        """Drop this instance's hold on the copy."""
        ctx.cache.release(ctx.instance.id)


def _described(located: LocatedImage | None) -> str:
    if located is None:
        return "no image: boots from a volume"
    image = located.image
    size_mib = (image.size_bytes or 0) / 2**20
    return f"{image.disk_format}, {size_mib:.1f} MiB, verified copy on this host"


def _check_fits(ctx: BuildContext, located: LocatedImage) -> None:
    # Checked at admission too; here again because the image may have changed since.
    disk_gib = ctx.instance.flavor.disk_gib
    virtual_bytes = located.image.virtual_size_bytes or 0
    if disk_gib and virtual_bytes > disk_gib * GIB:
        raise InvalidRequest(
            f"the image needs {virtual_bytes} bytes of disk, the flavor has {disk_gib} GiB",
            code="flavor-disk-too-small",
            hint="boot with a larger flavor: vmctl flavor-list",
            facts={"virtual_size_bytes": virtual_bytes, "flavor_disk_gib": disk_gib},
        )
