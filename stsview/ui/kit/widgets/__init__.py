"""Widgets shared by several screens. Imports only the kit."""
