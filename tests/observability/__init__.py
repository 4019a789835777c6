"""What watches the cluster, checked as far as can be without running it."""
