"""What it means: the dbt project (staging, then marts) and what builds it."""
