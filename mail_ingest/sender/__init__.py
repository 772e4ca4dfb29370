"""The mechanisms that tell who sent a mail, for `mail_ingest/authenticate.py`."""
