"""Pages of the desk about the desk: its figures, its trail, its state, its answers."""
