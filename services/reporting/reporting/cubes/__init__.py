"""Cubes: measures by dimensions over facts, each a declaration, with the reports over it."""
