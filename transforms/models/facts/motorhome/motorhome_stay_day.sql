-- Vehicles that came and left by local day, and what was wrong with them: a row is a day, never a vehicle.
with events as (
    select
        office,
        site,
        entry_date as local_date,
        1 as entered,
        case when pairing = 'unpaired_entry' then 1 else 0 end as unpaired_entry,
        0 as departed,
        0 as unpaired_exit,
        0 as unpaid
    from {{ ref('motorhome_stay') }}
    where entry_date is not null
    union all
    select
        office,
        site,
        exit_date,
        0,
        0,
        1,
        case when pairing = 'unpaired_exit' then 1 else 0 end,
        case when nights_count > 0 and not has_payment then 1 else 0 end
    from {{ ref('motorhome_stay') }}
    where exit_date is not null
)

select
    office,
    site,
    local_date,
    cast(sum(entered) as bigint) as entered_count,
    cast(sum(unpaired_entry) as bigint) as unpaired_entry_count,
    cast(sum(departed) as bigint) as departed_count,
    cast(sum(unpaired_exit) as bigint) as unpaired_exit_count,
    cast(sum(unpaid) as bigint) as unpaid_count
from events
group by office, site, local_date
