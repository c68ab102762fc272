{{ config(schema='staging', materialized='view') }}
-- Tourist tax by month. Hosts' months of a year of which one would tell a host's amount are given as the year.

with host as (
    select
        office,
        month_start,
        host_id,
        sum(declared_eur) as declared_eur
    from {{ ref('tax_declaration_line') }}
    group by office, month_start, host_id
),

safe_month as (
    select
        office,
        cast(date_trunc('year', month_start) as date) as year_start,
        {{ is_safe_cell('count(*)', 'max(abs(declared_eur))', 'sum(abs(declared_eur))') }} as is_safe
    from host
    group by office, month_start
),

host_year as (
    select
        office,
        cast(date_trunc('year', month_start) as date) as year_start,
        host_id,
        sum(declared_eur) as declared_eur
    from host
    group by office, cast(date_trunc('year', month_start) as date), host_id
),

safe_year as (
    select
        host_year.office,
        host_year.year_start,
        {{ is_safe_cell('count(*)', 'max(abs(host_year.declared_eur))', 'sum(abs(host_year.declared_eur))') }}
            as is_safe
    from host_year
    group by host_year.office, host_year.year_start
),

grain as (
    select
        safe_year.office,
        safe_year.year_start,
        safe_year.is_safe,
        case when min(case when safe_month.is_safe then 1 else 0 end) = 1 then 'month' else 'year' end as period_kind
    from safe_year
    inner join safe_month
        on safe_year.office = safe_month.office and safe_year.year_start = safe_month.year_start
    group by safe_year.office, safe_year.year_start, safe_year.is_safe
),

amount as (
    select
        office,
        'tax_declared' as indicator,
        'without_digital_operators' as dimension,
        month_start,
        declared_eur as amount_eur
    from {{ ref('tax_declaration_line') }}
    union all
    select
        office,
        'tax_share' as indicator,
        kind as dimension,
        month_start,
        share_eur as amount_eur
    from {{ ref('tax_share_line') }}
),

of_hosts as (
    select
        amount.office,
        amount.indicator,
        amount.dimension,
        grain.period_kind,
        case when grain.period_kind = 'year' then grain.year_start else amount.month_start end as period_start,
        case when grain.is_safe then sum(amount.amount_eur) end as measured_value,
        case
            when not grain.is_safe then 'fewer_than_three_hosts'
            when amount.indicator = 'tax_declared' then 'gross_of_additional_shares'
            -- A line of an unknown category or period has no base, and its share is missing.
            when count(amount.amount_eur) < count(*) then 'incomplete_tariffs'
        end as warning
    from amount
    inner join grain
        on
            amount.office = grain.office
            and cast(date_trunc('year', amount.month_start) as date) = grain.year_start
    group by
        amount.office,
        amount.indicator,
        amount.dimension,
        grain.period_kind,
        case when grain.period_kind = 'year' then grain.year_start else amount.month_start end,
        grain.is_safe
    union all
    -- A row that adds nothing but its warning: a row of observations carries one code.
    select distinct
        line.office,
        'tax_declared' as indicator,
        'without_digital_operators' as dimension,
        grain.period_kind,
        line.month_start as period_start,
        0 as measured_value,
        'month_assumed' as warning
    from {{ ref('tax_declaration_line') }} as line
    inner join grain
        on line.office = grain.office and cast(date_trunc('year', line.month_start) as date) = grain.year_start
    where line.is_month_assumed and grain.period_kind = 'month' and grain.is_safe
),

dimension as (
    select *, operator as dimension from {{ ref('tax_operator_month') }}
    union all
    select *, 'digital_operators' as dimension from {{ ref('tax_operator_month') }}
),

of_operators as (
    select
        office,
        dimension,
        month_start,
        sum(declared_eur) as measured_value,
        case
            when count(case when amounts = 'unknown' then 1 end) > 0 then 'unknown_gross_or_net'
            when count(distinct amounts) > 1 then 'gross_and_net_mixed'
            when max(amounts) = 'gross' then 'gross_of_additional_shares'
        end as warning
    from dimension
    group by office, dimension, month_start
    union all
    select
        office,
        dimension,
        month_start,
        0 as measured_value,
        'month_assumed' as warning
    from dimension
    where assumed_month_eur <> 0
    group by office, dimension, month_start
)

select
    office,
    cast(indicator as varchar) as indicator,
    'all' as site,
    dimension,
    period_kind,
    period_start,
    cast(measured_value as decimal(18, 4)) as measured_value,
    cast(null as decimal(18, 4)) as estimated_value,
    cast(null as double) as expected_weight,
    cast(null as double) as observed_weight,
    warning
from of_hosts
union all
select
    office,
    'tax_declared' as indicator,
    'all' as site,
    dimension,
    'month' as period_kind,
    month_start as period_start,
    cast(measured_value as decimal(18, 4)) as measured_value,
    cast(null as decimal(18, 4)) as estimated_value,
    cast(null as double) as expected_weight,
    cast(null as double) as observed_weight,
    warning
from of_operators
