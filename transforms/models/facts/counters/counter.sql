-- The counters of the office file: where they stand, from when to when they serve, and what tells it.

with dated as (
    select office, counter, from_at, until_at
    from {{ ref('counter_service') }}
    where not is_concluded and (from_at is not null or until_at is not null)
),

outside as (
    select slot.office, slot.counter, sum(slot.passage_count) as passage_count
    from {{ ref('counter_slot') }} as slot
    inner join dated on slot.office = dated.office and slot.counter = dated.counter
    where slot.start_at < dated.from_at or slot.start_at >= dated.until_at
    group by slot.office, slot.counter
)

select
    counter.office,
    counter.counter,
    counter.counter_label,
    counter.site,
    counter.first_date,
    counter.last_date,
    service.until_at,
    service.first_count_at,
    first_hour.local_date as first_count_date,
    service.last_count_at,
    last_hour.local_date as last_count_date,
    service.replaced_by,
    service.is_concluded,
    coalesce(outside.passage_count, 0) as outside_count
from {{ source('settings', 'counter') }} as counter
inner join {{ ref('counter_service') }} as service
    on counter.office = service.office and counter.counter = service.counter
left join outside on counter.office = outside.office and counter.counter = outside.counter
{{ join_local_hour('first_hour', 'service.office', 'service.first_count_at') }}
{{ join_local_hour('last_hour', 'service.office', "service.last_count_at - interval '1' second") }}
