"""Findings: the screen of all findings, their text, and the explanation of a rule.

May import `ui.inspect`, `ui.changes`, the kit, triage, live, model, objects, and text.
"""
