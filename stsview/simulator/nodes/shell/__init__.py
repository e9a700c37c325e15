"""Commands in containers: a shell, the programs that images have, and what they find in the container."""
