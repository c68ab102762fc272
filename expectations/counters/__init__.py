"""The judgement of counters: each fault with its name, its course and its evidence."""
