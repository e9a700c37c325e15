"""Rules about the controller, rollouts, scaling, and other writers of the set."""
