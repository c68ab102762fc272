"""What it means: the dbt project (staging, then marts) and the function that builds it."""
