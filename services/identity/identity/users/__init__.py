"""Users: members of an organization, and invitations to join it."""
