"""Roles: what users may do."""
