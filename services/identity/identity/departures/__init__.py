"""Users who leave: deactivation, hand-over, deletion."""
