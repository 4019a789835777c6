"""HTTP on one side, flows on the other."""
