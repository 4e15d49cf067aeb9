"""A simulated world: the real handlers, on one thread, with time, bus and hosts that are made up.

A seed decides everything that happens, so a failing one can be replayed: make simulate SEED=7.
"""
