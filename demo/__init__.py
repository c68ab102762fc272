"""The demonstration office: raw files in each system's own format, never results."""
