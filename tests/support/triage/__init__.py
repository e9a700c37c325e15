"""Helpers for tests of triage: objects in trouble, simulated faults, and an observer of a simulated cluster."""
