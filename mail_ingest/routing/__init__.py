"""What the ladder of `route` climbs on."""
