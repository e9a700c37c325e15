"""What watches a cluster without an operator: findings as lines, and as metrics."""
