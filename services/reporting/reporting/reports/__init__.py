"""Reports: measures by dimensions, declared."""
