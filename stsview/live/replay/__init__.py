"""Recordings as a source of the screens and commands."""
