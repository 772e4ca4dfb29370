"""What is quoted in a mail, line by line: data in every language, marks, containers, comparison. `reply_text` decides on them."""
