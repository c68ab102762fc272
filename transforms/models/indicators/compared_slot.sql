{{ config(schema='staging', materialized='view') }}
-- The slots of the indicators that are compared slot by slot (indicator_dictionary.comparison).

select
    hour.office,
    'counter_passages' as indicator,
    hour.site,
    '' as dimension,
    'counter:' || hour.counter as subject,
    'counter:' || service.line as line,
    hour.utc_hour as starts_at,
    hour.utc_hour + hour.slot_minutes * interval '1' minute as ends_at,
    hour.local_date,
    cast(hour.open_minutes as double) as expected_weight,
    hour.is_valid,
    cast(hour.entry_count as double) as observed_value,
    hour.correction_factor
from {{ ref('counter_hour') }} as hour
inner join {{ ref('counter_service') }} as service
    on hour.office = service.office and hour.counter = service.counter

union all

select
    nights.office,
    nights.indicator,
    nights.site,
    nights.dimension,
    'barrier:' || nights.site as subject,
    'barrier:' || nights.site as line,
    days.starts_at,
    days.ends_at,
    days.local_date,
    nights.expected_weight,
    nights.observed_weight > 0 and nights.measured_value is not null as is_valid,
    cast(case when nights.observed_weight > 0 then nights.measured_value end as double) as observed_value,
    1 as correction_factor
from {{ ref('observed_motorhome') }} as nights
inner join {{ local_days() }} as days on nights.office = days.office and nights.period_start = days.local_date
where nights.indicator = 'overnight_stays'
