select
    office,
    delivery_id,
    object_id,
    version_at,
    object_type,
    state,
    bed_count,
    basis
from {{ raw('tourism_bed_places') }}
