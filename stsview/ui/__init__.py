"""The terminal dashboard.

May import live, actions, triage, model, objects and text; not cluster. Screens show what the model says; they decide no
state themselves.
"""
