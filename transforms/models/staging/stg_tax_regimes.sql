select
    office,
    delivery_id,
    authority_siren,
    deliberated_on,
    entered_on,
    nature,
    regime
from {{ raw('tax_regimes') }}
