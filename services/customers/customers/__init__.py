"""Guanxi's customers service: accounts and contacts."""
