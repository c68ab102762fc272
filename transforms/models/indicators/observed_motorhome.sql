{{ config(schema='staging', materialized='view') }}
-- What the barrier and the kiosk saw, by local day. Today, which is not over, is left out.

with logs as (
    select
        office,
        site,
        'barrier' as equipment,
        min(local_date) as first_date,
        max(local_date) as last_date
    from {{ ref('motorhome_passage') }}
    group by office, site
    union all
    select office, site, 'kiosk', min(local_date), max(local_date)
    from {{ ref('motorhome_payment') }}
    group by office, site
),

day_bounds as (
    select
        office,
        local_date,
        min(utc_hour) as starts_at,
        max(utc_hour) + interval '1' hour as ends_at
    from {{ source('settings', 'local_hour') }}
    group by office, local_date
),

-- Local days wholly inside an outage, once each.
outage_days as (
    select distinct outage.office, outage.subject, bounds.local_date
    from {{ source('quality', 'outage') }} as outage
    inner join {{ source('settings', 'office') }} as office on outage.office = office.office
    inner join day_bounds as bounds
        on
            outage.office = bounds.office
            and outage.onset_at <= bounds.starts_at
            and coalesce(outage.ended_at, office.as_of) >= bounds.ends_at
),

-- Every day that is over since the log of the equipment began.
logged_days as (
    select
        logs.office,
        logs.site,
        logs.equipment,
        logs.last_date,
        calendar.local_date,
        calendar.year,
        calendar.month,
        calendar.weekday,
        outage_days.local_date is not null as is_out
    from logs
    inner join {{ source('settings', 'office') }} as office on logs.office = office.office
    inner join {{ source('settings', 'calendar') }} as calendar
        on
            logs.office = calendar.office
            and calendar.local_date >= logs.first_date
            and calendar.local_date < office.as_of_date
    left join outage_days
        on
            logs.office = outage_days.office
            and outage_days.subject = concat(logs.equipment, ':', logs.site)
            and calendar.local_date = outage_days.local_date
),

-- One vehicle more from the first evening, one less on the day of departure; their running sum is the
-- number of vehicles that spend the night.
changes as (
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
),

barrier_days as (
    select
        day.office,
        day.site,
        day.local_date,
        day.year,
        day.month,
        day.weekday,
        day.is_out,
        -- A night is known once the log goes on to the next day.
        case
            when day.local_date < day.last_date
                then sum(coalesce(daily_changes.vehicles, 0)) over (
                    partition by day.office, day.site
                    order by day.local_date
                    rows between unbounded preceding and current row
                )
        end as nights
    from logged_days as day
    left join daily_changes
        on
            day.office = daily_changes.office
            and day.site = daily_changes.site
            and day.local_date = daily_changes.local_date
    where day.equipment = 'barrier'
),

usual_nights as (
    select office, site, year, month, weekday, avg(nights) as nights
    from barrier_days
    where not is_out and nights is not null
    group by office, site, year, month, weekday
),

-- The same weekday of the same month, a year before or else a year after.
barrier_days_estimated as (
    select
        this.*,
        case
            when this.is_out and coalesce(before.nights, after.nights) is not null
                then greatest(coalesce(before.nights, after.nights) - coalesce(this.nights, 0), 0)
        end as hidden_nights,
        this.is_out and before.nights is null and after.nights is null as is_not_estimable
    from barrier_days as this
    left join usual_nights as before
        on
            this.office = before.office
            and this.site = before.site
            and this.year = before.year + 1
            and this.month = before.month
            and this.weekday = before.weekday
    left join usual_nights as after
        on
            this.office = after.office
            and this.site = after.site
            and this.year = after.year - 1
            and this.month = after.month
            and this.weekday = after.weekday
),

turnover as (
    select office, site, local_date, sum(net_eur) as net_eur
    from {{ ref('motorhome_payment') }}
    group by office, site, local_date
),

kiosk_days as (
    select
        day.office,
        day.site,
        day.local_date,
        day.last_date,
        day.is_out,
        coalesce(turnover.net_eur, 0) as net_eur
    from logged_days as day
    left join turnover
        on
            day.office = turnover.office
            and day.site = turnover.site
            and day.local_date = turnover.local_date
    where day.equipment = 'kiosk'
)

select
    office,
    'overnight_stays' as indicator,
    site,
    '' as dimension,
    'day' as period_kind,
    local_date as period_start,
    cast(nights as decimal(18, 4)) as measured_value,
    cast(hidden_nights as decimal(18, 4)) as estimated_value,
    cast(1 as double) as expected_weight,
    cast(case when is_out then 0 else 1 end as double) as observed_weight,
    case when is_not_estimable then 'not_estimable' end as warning
from barrier_days_estimated
where nights is not null or is_out

union all

-- On a day without the kiosk nothing was taken: the 0 is true, and its weight says that it was not normal.
select
    office,
    'turnover_excluding_tax',
    site,
    '',
    'day',
    local_date,
    cast(net_eur as decimal(18, 4)),
    cast(null as decimal(18, 4)),
    cast(1 as double),
    cast(case when is_out then 0 else 1 end as double),
    cast(null as varchar)
from kiosk_days
where local_date <= last_date or is_out

union all

select
    office,
    'barrier_outage_days',
    site,
    '',
    'day',
    local_date,
    cast(case when is_out then 1 else 0 end as decimal(18, 4)),
    cast(null as decimal(18, 4)),
    cast(null as double),
    cast(null as double),
    cast(null as varchar)
from barrier_days

union all

select
    office,
    'kiosk_outage_days',
    site,
    '',
    'day',
    local_date,
    cast(case when is_out then 1 else 0 end as decimal(18, 4)),
    cast(null as decimal(18, 4)),
    cast(null as double),
    cast(null as double),
    cast(null as varchar)
from kiosk_days
