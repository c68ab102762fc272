select
    office,
    delivery_id,
    commune_id,
    municipality_code,
    municipality_name
from {{ raw('tourism_communes') }}
