"""Accounts: companies and other organizations."""
