"""What holds for every test."""

from __future__ import annotations

import signal

from hypothesis import settings

# A shell that starts the suite in the background has it ignore Ctrl-C, and every process that
# a test starts would inherit that: the tests that press Ctrl-C need it to mean something.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What comes out is judged, not how long it takes on a busy machine.
settings.register_profile("vmctl", deadline=None)
settings.load_profile("vmctl")
