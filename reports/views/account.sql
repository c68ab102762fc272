-- What the account of a year comes to, by section of the budget.
SELECT * FROM marts.budget_section
