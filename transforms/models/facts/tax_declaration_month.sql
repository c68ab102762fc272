-- Hosts' declarations by month, commune, nature and category; cells that would tell one host's are empty.

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
        count(*) as host_count,
        sum(declared_eur) as declared_eur,
        -- A sum that leaves lines out would be a false figure.
        case when sum(based_count) = sum(line_count) then sum(base_eur) end as base_eur,
        case when sum(based_count) = sum(line_count) then sum(additional_shares_eur) end as additional_shares_eur,
        sum(taxable_person_nights) as taxable_person_nights,
        sum(exempt_person_nights) as exempt_person_nights,
        sum(person_nights) as person_nights,
        {{ is_safe_cell('count(*)', 'max(abs(declared_eur))', 'sum(abs(declared_eur))') }}
        -- An amount in person-nights tells as much as one in euros.
        and {{ is_safe_cell('count(*)', 'max(abs(person_nights))', 'sum(abs(person_nights))') }} as is_safe
    from host
    group by office, month_start, municipality_code, nature, category
),

ranked as (
    select
        *,
        sum(case when is_safe then 0 else 1 end) over (partition by office, month_start) as unsafe_count,
        row_number() over (
            partition by office, month_start, is_safe order by declared_eur, municipality_code, nature, category
        ) as size_rank
    from cell
),

judged as (
    select
        *,
        -- A single empty cell is the month's total less the others: the smallest safe one goes with it.
        not is_safe or (unsafe_count = 1 and size_rank = 1) as is_suppressed
    from ranked
)

select
    office,
    month_start,
    municipality_code,
    nature,
    category,
    is_suppressed,
    case when not is_suppressed then host_count end as host_count,
    case when not is_suppressed then cast(declared_eur as decimal(18, 2)) end as declared_eur,
    case when not is_suppressed then cast(base_eur as decimal(18, 2)) end as base_eur,
    case when not is_suppressed then cast(additional_shares_eur as decimal(18, 2)) end as additional_shares_eur,
    case when not is_suppressed then cast(taxable_person_nights as bigint) end as taxable_person_nights,
    case when not is_suppressed then cast(exempt_person_nights as bigint) end as exempt_person_nights,
    case when not is_suppressed then cast(person_nights as bigint) end as person_nights
from judged
