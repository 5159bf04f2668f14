"""What somebody marks for themselves, beside the records of every module: stars."""
