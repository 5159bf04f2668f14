"""Payments: money for orders, come or gone back."""
