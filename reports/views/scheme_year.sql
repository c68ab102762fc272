-- What an action of the action plan is followed by, in a year.
SELECT known.*, action.decimals
FROM marts.scheme_action_year AS known
JOIN (SELECT scheme_action, control_rank, indicator.decimals
      FROM marts.scheme_action AS action
      LEFT JOIN marts.indicator ON action.given_by = 'system' AND action.indicator = indicator.indicator) AS action
    USING (scheme_action, control_rank)
