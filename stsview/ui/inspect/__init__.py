"""Views of a set, pod, or related object: YAML, logs, events, and more.

May import `ui.changes` (to roll back to a revision), the kit, live, model, objects, and text.
"""
