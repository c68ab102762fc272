select
    office,
    delivery_id,
    produced_at,
    is_complete,
    object_count
from {{ raw('tourism_deliveries') }}
