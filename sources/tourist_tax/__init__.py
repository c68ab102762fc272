"""Tourist tax: hosts' declarations, operators' statements, the national file of deliberations."""
