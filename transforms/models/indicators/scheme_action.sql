-- The action plan, action by action, with what each is followed by and its last value.

with control as (
    select *, {{ given_by() }} as given_by
    from {{ source('settings', 'scheme_control') }}
),

-- The last year that is over; the running one only where there is no other.
ranked as (
    select
        known.*,
        row_number() over (
            partition by known.office, known.scheme_action, known.control_rank
            order by case when known.year < extract(year from office.as_of_date) then 0 else 1 end, known.year desc
        ) as recency
    from {{ ref('scheme_action_year') }} as known
    inner join {{ source('settings', 'office') }} as office
        on known.office = office.office and known.year <= extract(year from office.as_of_date)
)

select
    action.office,
    action.scheme_action,
    action.axis,
    action.title,
    action.planned_source,
    coalesce(control.control_rank, 0) as control_rank,
    control.label,
    control.indicator,
    control.site,
    control.dimension,
    control.given_by,
    ranked.value as last_value,
    ranked.value_word as last_word,
    ranked.unit,
    ranked.year as last_year,
    case
        when action.title is null then 'skipped'
        when control.control_rank is null then 'no_control'
        when ranked.year is null then 'no_data_yet'
        else 'known'
    end as status
from {{ source('settings', 'scheme_action') }} as action
left join control
    on action.office = control.office and action.scheme_action = control.scheme_action
left join ranked
    on
        control.office = ranked.office
        and control.scheme_action = ranked.scheme_action
        and control.control_rank = ranked.control_rank
        and ranked.recency = 1
