"""What several rules need: groups of pods, evidence, remedies. Imports no rules."""
