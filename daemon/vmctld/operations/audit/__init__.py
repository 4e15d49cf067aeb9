"""The auditor: what belongs to nothing alive, and what contradicts itself.

``checks`` has one function for each thing that can be wrong.  Each gets a ``World`` and gives
the suspects that it sees there; the ``Auditor`` looks twice before it calls one a finding.
"""

from vmctld.operations.audit.auditor import Auditor

__all__ = ["Auditor"]
