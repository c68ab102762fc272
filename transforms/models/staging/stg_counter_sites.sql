select
    office,
    delivery_id,
    site_id,
    parent_site_id,
    site_name,
    municipality_code,
    longitude,
    latitude,
    infrastructure_type
from {{ raw('counter_sites') }}
