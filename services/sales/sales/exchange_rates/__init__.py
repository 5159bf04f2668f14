"""Exchange rates: what currencies are worth in the organization's own."""
