"""Rules about the governing Service and DNS names of pods."""
