"""Triage: rules that turn the facts about a set into findings.

May import `objects`, `text` and `model`.

No rule does I/O, reads a clock, or keeps state of its own.
"""
