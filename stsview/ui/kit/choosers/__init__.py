"""Dialogs that choose from a list: contexts, namespaces, texts to copy.

Imports only the kit.
"""
