select
    office,
    delivery_id,
    year,
    scale_year,
    category,
    category_name,
    cast(floor as decimal(6, 2)) as floor,
    cast(ceiling as decimal(6, 2)) as ceiling,
    is_percent
from {{ raw('tax_legal_scale') }}
