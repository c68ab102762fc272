{{ config(schema='staging', materialized='view') }}
-- Visitors and takings of each place by local day, heritage days apart as well; sessions and rentals.

with day as (
    select
        *,
        case when is_expected then 1 end as expected_weight,
        case when is_expected then (case when visitor_count is null then 0 else 1 end) end as observed_weight
    from {{ ref('equipment_day') }}
),

session as (
    select
        office,
        site,
        local_date,
        count(*) as sessions,
        sum(case when participant_count is not null then offered_count end) as offered,
        sum(case when offered_count is not null then participant_count end) as participants
    from {{ raw('equipment_sessions') }}
    where not is_cancelled
    group by office, site, local_date
)

select
    {{ observation("'visitors'", 'visitor_count', expected='expected_weight', observed='observed_weight') }}
from day
union all
select {{ observation("'visitors'", 'visitor_count', dimension='event') }}
from day
where event is not null
union all
select {{ observation("'opening_days'", '1') }}
from day
where is_expected
union all
select {{ observation("'equipment_receipts'", 'receipts_eur') }}
from day
where receipts_eur is not null
union all
select {{ observation("'sessions_held'", 'sessions') }}
from session
union all
select {{ observation("'session_participants'", 'participants') }}
from session
where participants is not null and offered is not null
union all
select {{ observation("'session_places'", 'offered') }}
from session
where participants is not null and offered is not null
union all
select {{ observation("'bike_rentals'", 'rentals', period_start='rented_on') }}
from (
    select office, site, rented_on, count(*) as rentals
    from {{ raw('equipment_rentals') }}
    group by office, site, rented_on
) as rental
