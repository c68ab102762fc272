"""Great Expectations suites, and the process that runs them."""
