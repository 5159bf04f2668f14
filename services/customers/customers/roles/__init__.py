"""Roles: what a contact is to an account."""
