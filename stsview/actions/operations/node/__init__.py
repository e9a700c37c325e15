"""Actions on a node."""
