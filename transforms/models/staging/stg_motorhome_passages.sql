select
    office,
    site,
    local_date,
    passed_at,
    lane,
    direction,
    plate_hash,
    plate_hash_last_year,
    ticket,
    opening,
    delivery_id
from {{ raw('motorhome_passages') }}
