-- What was declared beside what the deliberation gives, by year. A difference is to be settled, not an error.

with disclosed as (
    select distinct office, month_start, declared_kind, shares_kind
    from {{ ref('tax_disclosed') }}
),

hosts as (
    select
        line.office,
        cast(date_trunc('year', line.month_start) as date) as year_start,
        'hosts' as subject,
        'gross' as amounts,
        max(case when disclosed.declared_kind is not null then 1 else 0 end) = 1 as is_disclosed,
        -- Months that wait for more declarations are in no total.
        sum(case when disclosed.declared_kind is not null then line.declared_eur end) as declared_eur,
        sum(case when disclosed.shares_kind is not null then line.base_eur end) as base_eur,
        sum(case when disclosed.shares_kind is not null then line.additional_shares_eur end) as additional_shares_eur,
        count(*) as line_count,
        count(*) - count(line.base_eur) as unpriced_line_count
    from {{ ref('tax_declaration_line') }} as line
    inner join disclosed on line.office = disclosed.office and line.month_start = disclosed.month_start
    group by line.office, cast(date_trunc('year', line.month_start) as date)
),

operators as (
    select
        office,
        year_start,
        operator as subject,
        amounts,
        not max(is_suppressed) as is_disclosed,
        sum(declared_eur) as declared_eur,
        cast(null as decimal(18, 2)) as base_eur,
        cast(null as decimal(18, 2)) as additional_shares_eur,
        sum(line_count) as line_count,
        cast(null as bigint) as unpriced_line_count
    from {{ ref('tax_operator_period') }}
    group by office, year_start, operator, amounts
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
    cast(declared_eur as decimal(18, 2)) as declared_eur,
    cast(base_eur as decimal(18, 2)) as base_eur,
    cast(additional_shares_eur as decimal(18, 2)) as additional_shares_eur,
    cast(difference_eur as decimal(18, 2)) as difference_eur,
    case when difference_eur is not null then {{ to_cents('tolerance_eur') }} end as tolerance_eur,
    cast(line_count as bigint) as line_count,
    cast(unpriced_line_count as bigint) as unpriced_line_count,
    case
        when not is_disclosed then 'suppressed'
        when subject <> 'hosts' and amounts = 'unknown' then 'unknown_gross_or_net'
        when subject <> 'hosts' then 'not_compared'
        when unpriced_line_count > 0 then 'to_settle'
        when difference_eur is null then 'suppressed'
        when difference_eur = 0 then 'settled'
        when abs(difference_eur) <= tolerance_eur then 'within_tolerance'
        else 'to_settle'
    end as status
from compared
