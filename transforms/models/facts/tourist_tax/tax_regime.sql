-- Regime of each nature of lodging under the office's deliberations.

select
    deliberation.office,
    deliberation.valid_from,
    deliberation.valid_until,
    regime.nature,
    regime.regime
from {{ ref('tax_deliberation') }} as deliberation
inner join {{ raw('tax_regimes') }} as regime
    on
        deliberation.office = regime.office
        and deliberation.authority_siren = regime.authority_siren
        and deliberation.deliberated_date = regime.deliberated_on
        and deliberation.entered_date = regime.entered_on
