"""Whether our mail arrives: what a peer or a report says of a message, and the addresses that get none."""
