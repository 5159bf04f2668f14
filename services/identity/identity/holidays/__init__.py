"""Holidays: days on which an organization works otherwise than in its week."""
