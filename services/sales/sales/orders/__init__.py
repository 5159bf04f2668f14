"""Orders: what customers have ordered, and its way from draft to completed."""
