"""The audit log: who did what, chained by hashes."""
