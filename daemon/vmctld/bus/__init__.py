"""The message bus between the compute parts: ``call`` waits for an answer, ``cast`` does not."""
