with open_days as (
    select distinct
        opening.office,
        opening.local_date
    from {{ source('settings', 'opening_hour') }} as opening
    inner join {{ source('settings', 'site') }} as site
        on opening.office = site.office and opening.site = site.site
    where not site.is_always_open
),

with_hours as (
    select distinct office
    from {{ source('settings', 'site') }}
    where not is_always_open
)

select
    calendar.office,
    calendar.local_date,
    calendar.year,
    calendar.quarter_start,
    calendar.month,
    calendar.month_start,
    calendar.week_start,
    calendar.weekday,
    calendar.public_holiday_name,
    calendar.school_holiday_name,
    calendar.is_heritage_day,
    with_hours.office is null or open_days.local_date is not null as is_open
from {{ source('settings', 'calendar') }} as calendar
left join with_hours on calendar.office = with_hours.office
left join open_days
    on calendar.office = open_days.office and calendar.local_date = open_days.local_date
