"""The words that people read, and what may be shown of theirs."""
