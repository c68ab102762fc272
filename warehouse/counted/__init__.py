"""Counted series and what they were expected to count, as tables and as arrays."""
