"""Opportunities: possible sales, and the stages they went through."""
