"""Guanxi's sales service: products, pipelines, opportunities."""
