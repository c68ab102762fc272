select
    office,
    delivery_id,
    object_id,
    period_rank,
    weekday,
    is_open,
    opens_at,
    closes_at,
    hours
from {{ raw('tourism_opening_hours') }}
