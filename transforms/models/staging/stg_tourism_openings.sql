select
    office,
    delivery_id,
    object_id,
    period_rank,
    kind,
    first_date,
    last_date,
    opens_at,
    closes_at,
    weekdays,
    month_days,
    is_every_year
from {{ raw('tourism_openings') }}
