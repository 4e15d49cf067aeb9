"""The daemon's settings: an option beats the environment, the environment beats the file.

Only ``app/`` reads them; everything else is constructed with values.  The names are the
same everywhere: ``--state-dir``, ``VMCTLD_STATE_DIR``, ``state_dir`` in the TOML file.
"""

from __future__ import annotations

from vmctld.config.load import load
from vmctld.config.settings import Settings

__all__ = ["Settings", "load"]
