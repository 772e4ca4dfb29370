"""What `parse` stands on: caps, character sets, header fields, mailboxes, parts, and text from HTML. Pure."""
