"""Processes that wait: for a mail to process, for a message to deliver, for the time to pass."""
