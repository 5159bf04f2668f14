"""Guanxi's engagement service: channels, and every message that leaves the house."""
