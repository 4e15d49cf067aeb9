"""Admits boots and deletions, answers questions; nothing in here waits for a build."""
