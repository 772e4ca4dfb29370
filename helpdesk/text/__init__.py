"""Text on its way to a screen: Markdown, what is safe in HTML, names of files."""
