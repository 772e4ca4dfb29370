"""An agent's mail in its parts: what commands call, what is mailed back, held mail settled by a reply, and what is taken back."""
