"""Channels: ways out of the house."""
