"""Guanxi's reporting service: facts fed by events, and reports over them."""
