"""Passwords: what one must be, its change, and its reset by mail."""
