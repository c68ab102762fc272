"""Who the office is: `office.yml`, read strictly, and the same as tables."""
