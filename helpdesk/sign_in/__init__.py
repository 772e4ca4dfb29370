"""How people prove who they are: passwords, sessions, tokens, links by mail."""
