select
    office,
    delivery_id,
    authority_siren,
    deliberated_on,
    entered_on,
    authority_name,
    department_code,
    scale_year,
    rent_threshold_night_eur,
    has_department_tax,
    has_region_tax,
    has_rail_tax,
    has_mobility_tax
from {{ raw('tax_deliberations') }}
