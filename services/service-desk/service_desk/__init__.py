"""Guanxi's service desk: tickets."""
