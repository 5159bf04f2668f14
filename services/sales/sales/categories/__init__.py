"""Product categories: the tree that products are sorted by."""
