-- Hosts' declarations by month, commune, nature and category; what would tell a host's amount is empty (tax_told).

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
    not told.is_told as is_suppressed,
    case when told.is_told then cell.host_count end as host_count,
    case when told.is_told then cast(cell.declared_eur as decimal(18, 2)) end as declared_eur,
    case when told.is_told then cast(cell.base_eur as decimal(18, 2)) end as base_eur,
    case when told.is_told then cast(cell.additional_shares_eur as decimal(18, 2)) end as additional_shares_eur,
    case when told.is_told then cast(cell.taxable_person_nights as bigint) end as taxable_person_nights,
    case when told.is_exempt_told then cast(cell.exempt_person_nights as bigint) end as exempt_person_nights,
    case when told.is_exempt_told then cast(cell.person_nights as bigint) end as person_nights
from cell
inner join {{ ref('tax_told') }} as told
    on
        cell.office = told.office
        and cell.month_start = told.month_start
        and cell.municipality_code is not distinct from told.municipality_code
        and cell.nature is not distinct from told.nature
        and cell.category is not distinct from told.category
