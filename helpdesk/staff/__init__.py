"""What belongs to an agent: their preferences, and the digests they get."""
