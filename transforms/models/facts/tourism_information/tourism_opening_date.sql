-- Every single day on which an object is open: periods written out by their rule, on the days of the calendar
-- and the two years after it, exceptional openings added, closings taken away. Where a period gives hours by day
-- of the week (weekly_hours), a public holiday follows its own rule when it has one, else that of its weekday.

with digits as (
    select * from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as digit (n)
),

ahead as (
    select cast(hundred.n * 100 + ten.n * 10 + one.n + 1 as integer) as days
    from digits as hundred
    cross join digits as ten
    cross join digits as one
    where hundred.n * 100 + ten.n * 10 + one.n < 730
),

days as (
    select office, local_date, weekday from {{ source('settings', 'calendar') }}
    union all
    -- The calendar ends on the day of the run, and what people ask of events is their future.
    select
        today.office,
        cast(today.local_date + ahead.days * interval '1' day as date),
        (today.weekday - 1 + ahead.days) % 7 + 1
    from {{ source('settings', 'calendar') }} as today
    inner join {{ source('settings', 'office') }} as office
        on today.office = office.office and today.local_date = office.as_of_date
    cross join ahead
),

numbered as (
    select
        days.office,
        days.local_date,
        days.weekday,
        holiday.local_date is not null as is_public_holiday,
        extract(month from days.local_date) * 100 + extract(day from days.local_date) as day_of_year,
        concat(',', cast(floor((extract(day from days.local_date) + 6) / 7) as integer), '-', days.weekday, ',')
            as nth_token,
        case
            when extract(month from days.local_date + interval '7' day) <> extract(month from days.local_date)
                then concat(',L-', days.weekday, ',')
            else 'none'
        end as last_token
    from days
    left join {{ source('settings', 'public_holiday') }} as holiday
        on days.office = holiday.office and days.local_date = holiday.local_date
),

periods as (
    select
        opening.*,
        extract(month from opening.first_date) * 100 + extract(day from opening.first_date) as first_day_of_year,
        extract(month from opening.last_date) * 100 + extract(day from opening.last_date) as last_day_of_year,
        opening.last_date >= opening.first_date + interval '1' year - interval '1' day as is_whole_year
    from ({{ parts_of_records('tourism_openings') }}) as opening
),

weekly_hours as (
    {{ parts_of_records('tourism_opening_hours') }}
),

exceptions as (
    {{ parts_of_records('tourism_exceptional_dates') }}
),

regular as (
    select
        period.office,
        period.object_id,
        period.period_rank,
        day.local_date
    from periods as period
    inner join numbered as day
        on period.office = day.office and period.first_date <= day.local_date
    left join weekly_hours as holiday_hours
        on
            period.office = holiday_hours.office
            and period.object_id = holiday_hours.object_id
            and period.period_rank = holiday_hours.period_rank
            and holiday_hours.weekday = 8
            and day.is_public_holiday
    where
        coalesce(holiday_hours.is_open, substring(period.weekdays, cast(day.weekday as integer), 1) = '1')
        and (
            period.month_days is null
            or position(day.nth_token in period.month_days) > 0
            or position(day.last_token in period.month_days) > 0
        )
        and (
            day.local_date <= period.last_date
            or (
                period.is_every_year
                and (
                    period.is_whole_year
                    or (
                        period.first_day_of_year <= period.last_day_of_year
                        and day.day_of_year between period.first_day_of_year and period.last_day_of_year
                    )
                    or (
                        period.first_day_of_year > period.last_day_of_year
                        and (
                            day.day_of_year >= period.first_day_of_year
                            or day.day_of_year <= period.last_day_of_year
                        )
                    )
                )
            )
        )
),

open_days as (
    select office, object_id, period_rank, local_date, false as is_exceptional from regular
    union all
    select
        added.office,
        added.object_id,
        added.period_rank,
        added.exceptional_date,
        true
    from exceptions as added
    inner join days on added.office = days.office and added.exceptional_date = days.local_date
    left join regular
        on
            added.office = regular.office
            and added.object_id = regular.object_id
            and added.period_rank = regular.period_rank
            and added.exceptional_date = regular.local_date
    where added.is_open and regular.object_id is null
),

-- The hours of a day: a public holiday's own, else its weekday's, else those of days opened outside the rule.
with_hours as (
    select
        open_day.office,
        open_day.object_id,
        open_day.period_rank,
        open_day.local_date,
        open_day.is_exceptional,
        hours.opens_at,
        hours.closes_at,
        hours.hours,
        row_number() over (
            partition by open_day.office, open_day.object_id, open_day.period_rank, open_day.local_date
            order by case hours.weekday when 8 then 1 when 0 then 3 else 2 end
        ) as preference
    from open_days as open_day
    inner join numbered as day
        on open_day.office = day.office and open_day.local_date = day.local_date
    left join weekly_hours as hours
        on
            open_day.office = hours.office
            and open_day.object_id = hours.object_id
            and open_day.period_rank = hours.period_rank
            and hours.is_open
            and (
                hours.weekday in (0, day.weekday)
                or (hours.weekday = 8 and day.is_public_holiday)
            )
)

select
    open_day.office,
    open_day.object_id,
    open_day.period_rank,
    open_day.local_date,
    coalesce(open_day.opens_at, period.opens_at) as opens_at,
    coalesce(open_day.closes_at, period.closes_at) as closes_at,
    coalesce(open_day.hours, period.opens_at || '-' || period.closes_at) as hours,
    open_day.is_exceptional,
    period.is_every_year
from with_hours as open_day
inner join periods as period
    on
        open_day.office = period.office
        and open_day.object_id = period.object_id
        and open_day.period_rank = period.period_rank
left join exceptions as closing
    on
        open_day.office = closing.office
        and open_day.object_id = closing.object_id
        and open_day.local_date = closing.exceptional_date
        and not closing.is_open
where closing.object_id is null and open_day.preference = 1
