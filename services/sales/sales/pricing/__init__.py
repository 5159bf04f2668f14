"""Prices: what lines come to, the same for quotes and for orders."""
