"""Text, JSON and JUnit output of subcommands; may import neither the commands nor their support."""
