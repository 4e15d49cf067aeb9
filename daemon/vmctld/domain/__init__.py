"""What the cloud is made of: frozen dataclasses, enums and state machines; standard library only."""
