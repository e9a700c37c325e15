"""Commands, with the key bar, the help and the palette made from them.

Imports only the kit.
"""
