"""Ways to reach a customer, behind one port."""
