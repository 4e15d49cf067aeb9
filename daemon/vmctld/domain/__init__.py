"""What the cloud is made of: frozen dataclasses, enums, state machines; standard library."""
