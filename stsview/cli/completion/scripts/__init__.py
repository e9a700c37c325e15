"""The scripts of the shells. Each asks `stsview __complete`, so none knows a command or an option."""
