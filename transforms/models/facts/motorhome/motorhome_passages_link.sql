{{ config(schema='staging', materialized='view') }}
-- Passages that a plate joins to a stay, by what tells their raw rows apart: both get one token when the
-- hash of the plate goes (warehouse/storage/retention.py). `link_ends_at` is the end of the stay.

with {{ paired_motorhome_passages() }}

select
    office,
    site,
    passed_at,
    direction,
    lane,
    ticket,
    opening,
    plate_hash,
    concat(
        vehicle, ' ', cast(case when is_plate_entry then passed_at else plate_entry_at end as varchar)
    ) as link,
    case when is_plate_entry then plate_exit_at else passed_at end as link_ends_at
from by_plate
where is_plate_entry or is_plate_exit
