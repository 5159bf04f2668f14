"""OpenAPI 3.1 and the reference page, made from the same bindings that answer requests."""
