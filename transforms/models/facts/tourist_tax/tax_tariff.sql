-- Tariffs of the office's authority in force, with the cap of what unclassified lodgings pay.

select
    deliberation.office,
    deliberation.valid_from,
    deliberation.valid_until,
    tariff.first_month_day,
    tariff.last_month_day,
    tariff.category,
    cast(tariff.tariff as decimal(6, 2)) as tariff,
    tariff.is_percent,
    -- Since 2021 the cap is the highest tariff that the authority adopted, even where no such lodging exists.
    max(case when not tariff.is_percent then cast(tariff.tariff as decimal(6, 2)) end) over (
        partition by deliberation.office, deliberation.valid_from
    ) as cap_eur
from {{ ref('tax_deliberation') }} as deliberation
inner join {{ raw('tax_tariffs') }} as tariff
    on
        deliberation.office = tariff.office
        and deliberation.authority_siren = tariff.authority_siren
        and deliberation.deliberated_date = tariff.deliberated_on
        and deliberation.entered_date = tariff.entered_on
