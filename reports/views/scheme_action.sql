-- An action of the action plan, with one thing that it is followed by.
SELECT action.*, indicator.decimals
FROM marts.scheme_action AS action
LEFT JOIN marts.indicator ON action.given_by = 'system' AND action.indicator = indicator.indicator
