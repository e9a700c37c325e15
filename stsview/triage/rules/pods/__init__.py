"""Rules about the set's pods and their containers."""
