"""What a guest finds at 169.254.169.254."""
