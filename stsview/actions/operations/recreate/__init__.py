"""Change what Kubernetes does not change in place: delete a set without its pods, and create it with other fields.

`machine.py` is what other actions use; `action.py` and `resume.py` are the actions themselves.
"""
