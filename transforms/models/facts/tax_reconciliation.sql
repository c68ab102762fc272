-- What was declared beside what the deliberation gives, by year. A difference is to be settled, not an error.

with host as (
    select
        office,
        cast(date_trunc('year', month_start) as date) as year_start,
        host_id,
        sum(declared_eur) as declared_eur,
        sum(base_eur) as base_eur,
        sum(additional_shares_eur) as additional_shares_eur,
        count(*) as line_count,
        count(base_eur) as based_count
    from {{ ref('tax_declaration_line') }}
    group by office, cast(date_trunc('year', month_start) as date), host_id
),

hosts as (
    select
        office,
        year_start,
        'hosts' as subject,
        'gross' as amounts,
        {{ is_safe_cell('count(*)', 'max(abs(declared_eur))', 'sum(abs(declared_eur))') }} as is_safe,
        sum(declared_eur) as declared_eur,
        sum(base_eur) as base_eur,
        sum(additional_shares_eur) as additional_shares_eur,
        sum(line_count) as line_count,
        sum(line_count) - sum(based_count) as unpriced_line_count
    from host
    group by office, year_start
),

operators as (
    select
        office,
        cast(date_trunc('year', month_start) as date) as year_start,
        operator as subject,
        amounts,
        true as is_safe,
        sum(declared_eur) as declared_eur,
        cast(null as decimal(18, 2)) as base_eur,
        cast(null as decimal(18, 2)) as additional_shares_eur,
        sum(line_count) as line_count,
        cast(null as bigint) as unpriced_line_count
    from {{ ref('tax_operator_month') }}
    group by office, cast(date_trunc('year', month_start) as date), operator, amounts
),

compared as (
    select
        *,
        declared_eur - base_eur - additional_shares_eur as difference_eur,
        -- Hosts round a stay, the model rounds a line: 0.1% is what rounding alone can make.
        abs(declared_eur) * 0.001 as tolerance_eur
    from (
        select * from hosts
        union all
        select * from operators
    ) as subjects
)

select
    office,
    year_start,
    subject,
    amounts,
    case when is_safe then cast(declared_eur as decimal(18, 2)) end as declared_eur,
    case when is_safe then cast(base_eur as decimal(18, 2)) end as base_eur,
    case when is_safe then cast(additional_shares_eur as decimal(18, 2)) end as additional_shares_eur,
    case when is_safe then cast(difference_eur as decimal(18, 2)) end as difference_eur,
    case when is_safe and base_eur is not null then {{ to_cents('tolerance_eur') }} end as tolerance_eur,
    cast(line_count as bigint) as line_count,
    cast(unpriced_line_count as bigint) as unpriced_line_count,
    case
        when not is_safe then 'suppressed'
        when subject <> 'hosts' and amounts = 'unknown' then 'unknown_gross_or_net'
        when subject <> 'hosts' then 'not_compared'
        when unpriced_line_count > 0 then 'to_settle'
        when difference_eur = 0 then 'settled'
        when abs(difference_eur) <= tolerance_eur then 'within_tolerance'
        else 'to_settle'
    end as status
from compared
