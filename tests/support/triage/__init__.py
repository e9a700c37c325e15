"""Helpers for tests of triage: objects in trouble, faults, and an observer."""
