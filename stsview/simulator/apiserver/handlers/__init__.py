"""Request handlers, one a verb or subresource.

May import everything in the API server but its routes and the server.
"""
