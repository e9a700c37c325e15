"""Situations that operators reported, judged as a whole."""
