"""Roles, themes and styled text. Imports model and text."""
