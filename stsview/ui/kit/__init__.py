"""Commands, widgets and texts shared by all screens.

Imports no feature of the dashboard.
"""
