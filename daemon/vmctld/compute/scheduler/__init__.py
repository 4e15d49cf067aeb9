"""Chooses a host: filters that give reasons, weighers, and the claim."""
