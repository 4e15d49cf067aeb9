"""The doctor: is the installation sound, and if not, what is there to do?

Each module has a few examinations; each examination looks at one thing, quickly, and says
what it saw with numbers.
"""

from vmctld.operations.doctor.doctor import Doctor

__all__ = ["Doctor"]
