"""Sign-up of an organization."""
