"""Guanxi's customers service: accounts, contacts and leads."""
