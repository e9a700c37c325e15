"""Preflight: what is read from the server, and checked, before a plan is shown.

May import requests and the data of plans; not execution or operations.
"""
