"""Forwarding local ports to ports of pods."""
