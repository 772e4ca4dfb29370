"""Behind smtp.py: what happens on a connection, what all connections share, the figures, and the shared commit."""
