{{ config(schema='staging', materialized='view') }}
-- Entries by their local day; incidents that are open at each month's end until the last delivery of the register.

with entry as (select * from {{ ref('listening_entry') }}),

incident as (
    select office, entered_on, origin as dimension
    from entry
    where nature = 'incident'
    union all
    select office, entered_on, concat(origin, ':', theme)
    from entry
    where nature = 'incident' and theme is not null
),

remark as (
    select
        office,
        entered_on,
        case
            when origin = 'internal' then 'internal'
            when nature = 'positive_remark' then concat(origin, '_positive')
            else concat(origin, '_negative')
        end as dimension
    from entry
    where nature in ('positive_remark', 'negative_remark')
),

suggestion as (
    select office, entered_on, '' as dimension
    from entry
    where nature = 'suggestion'
    union all
    select office, entered_on, 'taken_up'
    from entry
    where nature = 'suggestion' and is_taken_up
),

resolved as (
    select office, closed_on, origin
    from entry
    where nature = 'incident' and closed_on is not null
),

-- An incident is judged once its due date is over, also when it is resolved later.
due as (
    select entry.office, entry.due_on, entry.closed_on
    from entry
    inner join {{ source('settings', 'office') }} as office on entry.office = office.office
    where entry.nature = 'incident' and entry.due_on < office.as_of_date
),

bounds as (
    select
        entry.office,
        min(entry.entered_on) as first_date,
        max(known.last_date) as last_date
    from entry
    inner join (
        select office, max(cast(received_at as date)) as last_date
        from {{ source('quality', 'load') }}
        where source = 'listening' and status = 'loaded'
        group by office
    ) as known
        on entry.office = known.office
    group by entry.office
),

level_day as (
    select calendar.office, calendar.local_date
    from {{ source('settings', 'calendar') }} as calendar
    inner join bounds
        on
            calendar.office = bounds.office
            and calendar.local_date between bounds.first_date and bounds.last_date
    where
        calendar.local_date = bounds.last_date
        or extract(month from calendar.local_date + interval '1' day) <> extract(month from calendar.local_date)
),

unresolved as (
    select
        level_day.office,
        level_day.local_date,
        count(entry.entry_number) as incidents
    from level_day
    left join entry
        on
            level_day.office = entry.office
            and entry.nature = 'incident'
            and entry.entered_on <= level_day.local_date
            and (entry.closed_on is null or entry.closed_on > level_day.local_date)
    group by level_day.office, level_day.local_date
)

select {{ observation("'incidents'", 'count(*)', site="'all'", dimension='dimension', period_start='entered_on') }}
from incident
group by office, dimension, entered_on
union all
select {{ observation("'remarks'", 'count(*)', site="'all'", dimension='dimension', period_start='entered_on') }}
from remark
group by office, dimension, entered_on
union all
select {{ observation("'suggestions'", 'count(*)', site="'all'", dimension='dimension', period_start='entered_on') }}
from suggestion
group by office, dimension, entered_on
union all
select {{ observation("'incidents_resolved'", 'count(*)', site="'all'", dimension='origin', period_start='closed_on') }}
from resolved
group by office, origin, closed_on
union all
select {{ observation("'incidents_due'", 'count(*)', site="'all'", period_start='due_on') }}
from due
group by office, due_on
union all
select
    {{ observation(
        "'incidents_closed_in_time'", 'sum(case when closed_on <= due_on then 1 else 0 end)', site="'all'",
        period_start='due_on'
    ) }}
from due
group by office, due_on
union all
select {{ observation("'incidents_unresolved'", 'incidents', site="'all'") }}
from unresolved
