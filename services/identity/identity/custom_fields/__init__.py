"""Custom fields: what organizations add to modules."""
