"""Requests and responses: decoding, content negotiation, encodings, watches.

May import storage, auth, kubectl, validation and what is below; no handler.
"""
