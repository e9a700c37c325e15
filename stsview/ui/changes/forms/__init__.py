"""Forms that ask for what an action needs to know before its plan is made."""
