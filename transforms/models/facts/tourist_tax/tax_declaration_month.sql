-- Hosts' declarations by month, commune, nature and category; what would tell a host's amount is empty (tax_disclosed).

with host as (
    select
        office,
        month_start,
        municipality_code,
        nature,
        category,
        host_id,
        sum(declared_eur) as declared_eur,
        sum(base_eur) as base_eur,
        sum(additional_shares_eur) as additional_shares_eur,
        sum(taxable_person_nights) as taxable_person_nights,
        sum(exempt_person_nights) as exempt_person_nights,
        sum(person_nights) as person_nights,
        count(*) as line_count,
        count(base_eur) as based_count
    from {{ ref('tax_declaration_line') }}
    group by office, month_start, municipality_code, nature, category, host_id
),

cell as (
    select
        office,
        month_start,
        municipality_code,
        nature,
        category,
        count(case when declared_eur <> 0 then 1 end) as host_count,
        sum(declared_eur) as declared_eur,
        -- A sum that leaves lines out would be a false figure.
        case when sum(based_count) = sum(line_count) then sum(base_eur) end as base_eur,
        case when sum(based_count) = sum(line_count) then sum(additional_shares_eur) end as additional_shares_eur,
        sum(taxable_person_nights) as taxable_person_nights,
        sum(exempt_person_nights) as exempt_person_nights,
        sum(person_nights) as person_nights
    from host
    group by office, month_start, municipality_code, nature, category
)

select
    cell.office,
    cell.month_start,
    cell.municipality_code,
    cell.nature,
    cell.category,
    not disclosed.is_disclosed as is_suppressed,
    case when disclosed.is_disclosed then cell.host_count end as host_count,
    case when disclosed.is_disclosed then cast(cell.declared_eur as decimal(18, 2)) end as declared_eur,
    case when disclosed.is_disclosed then cast(cell.base_eur as decimal(18, 2)) end as base_eur,
    case when disclosed.is_disclosed then cast(cell.additional_shares_eur as decimal(18, 2)) end as additional_shares_eur,
    case when disclosed.is_disclosed then cast(cell.taxable_person_nights as bigint) end as taxable_person_nights,
    case when disclosed.is_exempt_disclosed then cast(cell.exempt_person_nights as bigint) end as exempt_person_nights,
    case when disclosed.is_exempt_disclosed then cast(cell.person_nights as bigint) end as person_nights
from cell
inner join {{ ref('tax_disclosed') }} as disclosed
    on
        cell.office = disclosed.office
        and cell.month_start = disclosed.month_start
        and cell.municipality_code is not distinct from disclosed.municipality_code
        and cell.nature is not distinct from disclosed.nature
        and cell.category is not distinct from disclosed.category
