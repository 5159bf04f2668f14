"""Customers: a person and their company at once."""
