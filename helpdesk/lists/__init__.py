"""What is listed, counted and found: the queue, search, figures."""
