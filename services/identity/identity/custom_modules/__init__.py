"""Custom modules: what organizations keep records of beside what we thought of."""
