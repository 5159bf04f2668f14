"""Records of the modules that organizations make."""
