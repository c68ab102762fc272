select
    office,
    delivery_id,
    object_id,
    identifier,
    object_type,
    name as object_name,
    state,
    created_at,
    modified_at,
    commune_id,
    classification_id,
    owner_member_id,
    latitude,
    longitude
from {{ raw('tourism_objects') }}
