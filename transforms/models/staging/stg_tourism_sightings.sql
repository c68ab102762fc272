select
    office,
    delivery_id,
    object_id
from {{ raw('tourism_sightings') }}
