"""Notifications: who is told of what, in the client and by mail."""
