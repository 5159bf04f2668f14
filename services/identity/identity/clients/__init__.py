"""API clients: programs of other systems that act in their own name."""
