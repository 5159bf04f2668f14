"""The client as people use it, in a real browser against the real system."""
