"""Leads: people who may become customers, and how they become accounts, contacts and opportunities."""
