"""``vmctl``: the command line of a small cloud, in nova's words."""

__version__ = "0.1.0"
