"""Forwarded ports: the form that opens one, and the list of all."""
