"""Guanxi's identity service: organizations, users, teams, roles, sessions, definitions, audit."""
