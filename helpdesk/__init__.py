"""The domain: tables, verbs, rules. Knows no wire and no framework."""
