"""The wire: messages and stubs generated from proto/vmctl (make proto)."""
