"""Interactions: the communication log."""
