"""The life of an instance, from its request to its end."""
