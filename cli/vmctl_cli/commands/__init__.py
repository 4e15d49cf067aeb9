"""The commands, one module a theme; ``registry.py`` says which is where."""
