"""Intents of commands that need more than their arguments: journals, revisions, the state of the set."""
