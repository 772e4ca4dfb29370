"""How the helpdesk itself is doing: what runs, what waits, what is set, and what an operator should do about it."""
