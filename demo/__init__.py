"""The demonstration offices, a folder each: raw files in each system's own format, never results."""
