"""Nodes as places of members: who runs where, and what a drain would do to them."""
