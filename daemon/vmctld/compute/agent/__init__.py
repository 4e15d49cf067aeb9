"""Builds and runs instances on its host.  It never reaches the database."""
