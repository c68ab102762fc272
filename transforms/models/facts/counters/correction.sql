-- The corrections of the office file beside what is delivered for their days.

with delivered as (
    select
        correction.office,
        correction.counter,
        correction.first_date,
        count(hour.utc_hour) as hour_count,
        coalesce(sum(hour.entry_count), 0) as delivered_entries
    from {{ source('settings', 'correction') }} as correction
    left join {{ ref('counted_hour') }} as hour
        on
            correction.office = hour.office
            and correction.counter = hour.counter
            and hour.local_date >= correction.first_date
            and hour.local_date <= correction.last_date
    group by correction.office, correction.counter, correction.first_date
)

select
    correction.office,
    correction.counter,
    correction.first_date,
    correction.last_date,
    correction.action,
    cast(correction.factor as double) as factor,
    cast(correction.entries as double) as entries,
    correction.reason,
    correction.expected_entries,
    delivered.delivered_entries,
    delivered.hour_count,
    -- Half counts of both ways are exact in binary. What replaces holds whatever is delivered.
    delivered.hour_count > 0
    and (correction.action = 'replace' or delivered.delivered_entries = correction.expected_entries)
        as is_applicable
from {{ source('settings', 'correction') }} as correction
inner join delivered
    on
        correction.office = delivered.office
        and correction.counter = delivered.counter
        and correction.first_date = delivered.first_date
