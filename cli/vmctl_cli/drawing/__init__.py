"""Networks as people draw them: a tree of text, and a picture."""
