-- What each action of the plan is followed by, year by year, as far as it is known.

with name as (
    {{ followed_names(source('settings', 'scheme_control'), 'scheme_action, control_rank') }}
),

-- A person may write it under its code and under its label: the first one counts.
ranked as (
    select
        name.office,
        name.scheme_action,
        name.control_rank,
        followed.year,
        followed.value,
        followed.value_word,
        followed.unit,
        row_number() over (
            partition by name.office, name.scheme_action, name.control_rank, followed.year
            order by followed.followed
        ) as standing
    from name
    inner join {{ ref('followed_year') }} as followed
        on {{ is_followed('name', 'followed') }}
)

select office, scheme_action, control_rank, year, value, value_word, unit
from ranked
where standing = 1
