"""Duplicates: who may be there already, and why that seems so."""
