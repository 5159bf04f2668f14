"""Preferences: what a person has otherwise than their organization."""
