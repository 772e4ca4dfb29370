"""A delivery report taken apart, for `mail_ingest/delivery_report.py`."""
