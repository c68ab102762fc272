-- Additional taxes in force: those that the law knows and the flags of the deliberation put in force.

with flagged as (
    select
        deliberation.office,
        rate.kind,
        rate.rate_pct,
        rate.article,
        greatest(deliberation.valid_from, coalesce(rate.first_date, deliberation.valid_from)) as valid_from,
        deliberation.valid_until
    from {{ ref('tax_deliberation') }} as deliberation
    inner join {{ ref('tax_additional_rate') }} as rate
        on
            case rate.flag
                when 'department' then deliberation.has_department_tax
                when 'region' then deliberation.has_region_tax
                when 'rail' then deliberation.has_rail_tax
                when 'mobility' then deliberation.has_mobility_tax
            end
            and (
                coalesce(rate.departments, '') = ''
                or concat(' ', rate.departments, ' ') like concat('% ', deliberation.department_code, ' %')
            )
)

select
    office,
    kind,
    rate_pct,
    article,
    valid_from,
    valid_until
from flagged
where valid_until is null or valid_until > valid_from
