"""The timeline: one stream on each account, contact and lead of what happened around it in every service."""
