"""What acting on a mail does besides the ticket and the message: who joins, what is remembered, when we fall silent."""
