{{ config(schema='staging') }}
-- Each additional tax of each declared line. Never published: a line is one host's.

select
    line.office,
    line.declaration_reference,
    line.host_id,
    line.month_start,
    line.municipality_code,
    line.nature,
    line.category,
    rate.kind,
    rate.rate_pct,
    line.base_eur,
    {{ tax_share('line.base_eur', 'rate.rate_pct') }} as share_eur
from {{ ref('tax_declaration_line') }} as line
inner join {{ ref('tax_rate') }} as rate
    on
        line.office = rate.office
        and line.period_start >= rate.valid_from
        and (rate.valid_until is null or line.period_start < rate.valid_until)
