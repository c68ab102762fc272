{{ config(schema='staging') }}
-- Plates stay behind: what follows needs only whether one was read. Never published: a row is one vehicle.
select
    office,
    site,
    passed_at,
    local_date,
    direction,
    lane,
    ticket,
    plate_hash is not null as is_plate_read,
    opening
from {{ raw('motorhome_passages') }}
