"""Tickets: what customers ask, and what became of it."""
