"""From bytes to one call of the domain."""
