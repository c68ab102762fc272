"""The refresh, by night and by day: its steps, and what becomes of one that fails."""
