"""Composition roots: the only place that knows every part, and the settings."""
