-- Plates stay behind: a published table says only whether one was read.
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
from {{ ref('stg_motorhome_passages') }}
