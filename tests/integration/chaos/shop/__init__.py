"""A shop under chaos: those who register and order, whoever strikes, and the books that are checked afterwards."""
