"""Second factors: codes of an authenticator app, recovery codes, and the second step of a log-in."""
