"""Saved views: lists as somebody likes to see them, for themselves or for everybody."""
