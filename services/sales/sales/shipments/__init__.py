"""Shipments: goods of orders that left."""
