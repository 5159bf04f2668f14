"""Purchases: what accounts have ordered at sales, added up on the account, and the class that follows from it."""
