"""Purchases: what accounts have bought."""
