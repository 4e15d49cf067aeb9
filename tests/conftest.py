"""For all tests: hypothesis judges what comes out, not how long it takes on a busy machine."""

from hypothesis import settings

settings.register_profile("vmctl", deadline=None)
settings.load_profile("vmctl")
