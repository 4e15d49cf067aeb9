"""A driver whose machines are only remembered: for trying, for tests, for measuring the rest."""

from vmctld.drivers.fake.driver import FakeDriver

__all__ = ["FakeDriver"]
