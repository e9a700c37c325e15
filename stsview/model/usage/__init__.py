"""What the pods of a set use of CPU, memory and volumes, as it was measured."""
