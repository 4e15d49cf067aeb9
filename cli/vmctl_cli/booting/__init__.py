"""Booting: from nova's options to a request, and from the daemon's stream to words."""
