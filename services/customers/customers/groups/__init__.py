"""Groups: records that belong together, chosen one by one or found by a filter."""
