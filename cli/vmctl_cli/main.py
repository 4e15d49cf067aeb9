"""The door of ``vmctl``: runs one command and leaves the process with its exit code.

Nothing but the interpreter's own is imported before ``main`` runs, so that Ctrl-C is answered
properly from the first moment on.
"""

import gc
import os
import sys

INTERRUPTED = 130
GC_THRESHOLD = 200_000  # objects; imports alone would start 200 collections that free nothing
STDOUT_CLOSED = 141  # 128 + SIGPIPE, as a shell reports it


def main() -> None:
    """Run the command line and exit; tearing the interpreter down would cost 20 ms."""
    gc.set_threshold(GC_THRESHOLD)
    try:
        from vmctl_cli.run import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = INTERRUPTED
    os._exit(_flush(code))


def _flush(code: int) -> int:
    """Write out what is left; ``run`` has reported whatever stops it, but for a late closing."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            code = STDOUT_CLOSED if stream is sys.stdout else code
        except OSError:
            code = code or 1
    return code


if __name__ == "__main__":
    main()
