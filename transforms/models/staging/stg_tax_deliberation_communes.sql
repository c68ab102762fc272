select
    office,
    delivery_id,
    authority_siren,
    deliberated_on,
    entered_on,
    municipality_code,
    municipality_siren,
    municipality_name
from {{ raw('tax_deliberation_communes') }}
