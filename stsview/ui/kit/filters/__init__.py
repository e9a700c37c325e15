"""The filter language, and the qualifiers that several screens share.

Imports only the kit.
"""
