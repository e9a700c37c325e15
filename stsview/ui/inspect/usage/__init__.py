"""CPU, memory and volumes of a set."""
