"""The model of a counter: what it should have counted, what it missed, and how surely."""
