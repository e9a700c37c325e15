"""Scenarios about volumes and claims."""
