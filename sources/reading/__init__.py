"""Strict reading: every row of a table is loaded, quarantined, a duplicate or filtered, and counted."""
