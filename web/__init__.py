"""Pages and API: a request becomes the same verb that a mail becomes."""
