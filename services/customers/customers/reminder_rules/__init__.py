"""Reminder rules: days of records that are told of, every year or once."""
