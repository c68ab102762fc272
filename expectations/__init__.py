"""What must hold: Great Expectations suites and the health of counters."""
