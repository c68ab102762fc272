select
    office,
    delivery_id,
    object_id,
    criterion_id
from {{ raw('tourism_criteria') }}
