"""Tickets that change their shape: two become one, or one becomes two."""
