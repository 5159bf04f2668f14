"""Duplicate rules: when two records are probably one."""
