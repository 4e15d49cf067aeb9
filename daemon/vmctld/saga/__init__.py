"""Sagas: lists of actions, each with its undo, journalled.  Has never heard of a machine."""
