"""Boards: a list's records by the values of one field, counted and added up."""
