select
    office,
    local_date,
    year,
    quarter_start,
    month,
    month_start,
    week_start,
    weekday,
    public_holiday_name,
    school_holiday_name,
    is_heritage_day
from {{ source('settings', 'calendar') }}
