"""Around a set: Service and DNS, disruption budgets, quorum, roles, other writers.

Imports `model.pods` and what is below it, neither `model.storage` nor `model.rollout`.
"""
