"""The `vigie` command: its arguments, and what it shows."""
