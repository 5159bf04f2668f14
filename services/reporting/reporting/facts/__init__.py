"""Facts and dimensions: what happened in other services, as their events tell it."""
