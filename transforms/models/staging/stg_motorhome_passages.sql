select
    office,
    site,
    local_date,
    passed_at,
    lane,
    direction,
    plate_hash,
    ticket,
    opening,
    delivery_id
from {{ raw('motorhome_passages') }}
