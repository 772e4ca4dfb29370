"""Pages of signing in: the door, its second step, passwords by mail, single sign-on; and what an agent has that opens it."""
