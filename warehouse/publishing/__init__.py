"""Published versions: built aside, proved whole, described, then put in place at once."""
