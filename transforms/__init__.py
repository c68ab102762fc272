"""What it means: the dbt project (facts, then indicators) and what builds it."""
