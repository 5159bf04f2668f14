"""Reminders: what somebody wants to be told at a time, by itself, of a record, or of a task."""
