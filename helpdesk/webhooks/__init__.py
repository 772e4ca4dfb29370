"""Webhooks: what happened is told to programs outside, in the transaction that it happened in, and sent by a worker."""
