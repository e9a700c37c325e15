"""Header, notice and base class of the screens with live data.

Imports live and the kit.
"""
