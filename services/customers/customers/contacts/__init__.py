"""Contacts: people."""
