"""Users by token, and RBAC rules.

May import errors and request_info.
"""
