{{ config(schema='staging', materialized='view') }}
-- One vehicle more from the first evening, one less on the day of departure; their running sum is the number of
-- vehicles that spend the night.

with changes as (
    select office, site, entry_date as local_date, 1 as vehicles
    from {{ ref('motorhome_stay') }}
    where nights_count > 0
    union all
    select office, site, departure_date, -1
    from {{ ref('motorhome_stay') }}
    where nights_count > 0
),

daily_changes as (
    select office, site, local_date, sum(vehicles) as vehicles
    from changes
    group by office, site, local_date
)

select
    day.office,
    day.site,
    day.local_date,
    day.is_out,
    -- A night is known once the log goes on to the next day.
    case
        when day.local_date < day.last_date
            then sum(coalesce(daily_changes.vehicles, 0)) over (
                partition by day.office, day.site
                order by day.local_date
                rows between unbounded preceding and current row
            )
    end as night_count
from {{ ref('motorhome_logged_day') }} as day
left join daily_changes
    on
        day.office = daily_changes.office
        and day.site = daily_changes.site
        and day.local_date = daily_changes.local_date
where day.equipment = 'barrier'
