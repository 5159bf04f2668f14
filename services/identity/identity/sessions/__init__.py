"""Sessions: log-in, tokens, signing keys, API tokens."""
