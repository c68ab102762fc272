select
    office,
    delivery_id,
    element_id,
    element_type,
    label as element_label
from {{ raw('tourism_reference_elements') }}
