"""What the desk knows already: questions with their answers."""
