"""What it means: the dbt project (facts, then indicators) and the function that builds it."""
