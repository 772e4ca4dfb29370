"""Known issues: who follows one, and what they are told."""
