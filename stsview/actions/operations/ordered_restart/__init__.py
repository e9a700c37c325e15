"""Restarts of chosen pods, one at a time."""
