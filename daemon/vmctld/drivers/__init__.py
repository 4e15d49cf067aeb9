"""Hypervisor drivers: one protocol, one contract suite."""
