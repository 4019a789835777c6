"""What is said on the bus, in AsyncAPI 3: requests and replies, events, who announces and who acts on them."""
