select
    office,
    delivery_id,
    object_id,
    period_rank,
    exceptional_date,
    is_open
from {{ raw('tourism_exceptional_dates') }}
