{{ config(schema='staging', materialized='view') }}
-- Tourist tax at the finest period that statistical secrecy allows (tax_disclosed, tax_operator_disclosed), and
-- person-nights by year (tax_night_year). Of a year of which an intercommunality is missing hosts have no total.

with incomplete_year as (
    select distinct office, year_start from {{ ref('tax_missing_territory') }}
),

month as (
    select distinct
        office,
        month_start,
        cast(date_trunc('quarter', month_start) as date) as quarter_start,
        cast(date_trunc('year', month_start) as date) as year_start,
        declared_kind,
        shares_kind
    from {{ ref('tax_disclosed') }}
),

-- The period in which each month of each figure is given; null where it is not.
grain as (
    select office, month_start, quarter_start, year_start, 'tax_declared' as indicator, declared_kind as disclosed_kind
    from month
    union all
    select office, month_start, quarter_start, year_start, 'tax_share', shares_kind
    from month
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

placed as (
    select
        amount.office,
        amount.indicator,
        amount.dimension,
        amount.month_start,
        amount.amount_eur,
        grain.quarter_start,
        grain.year_start,
        grain.disclosed_kind,
        case grain.disclosed_kind
            when 'month' then grain.month_start
            when 'quarter' then grain.quarter_start
            else grain.year_start
        end as period_start
    from amount
    inner join grain
        on
            amount.office = grain.office
            and amount.indicator = grain.indicator
            and amount.month_start = grain.month_start
    left join incomplete_year
        on grain.office = incomplete_year.office and grain.year_start = incomplete_year.year_start
    where incomplete_year.office is null
),

of_hosts as (
    select
        office,
        indicator,
        dimension,
        disclosed_kind as period_kind,
        period_start,
        sum(amount_eur) as measured_value,
        case
            when indicator = 'tax_declared' then 'gross_of_additional_shares'
            -- A line of an unknown category or period has no base, and its share is missing.
            when count(amount_eur) < count(*) then 'incomplete_tariffs'
        end as warning
    from placed
    where disclosed_kind is not null
    group by office, indicator, dimension, disclosed_kind, period_start
    union all
    -- A row that adds nothing but its warning: a row of observations carries one code.
    select distinct
        grain.office,
        grain.indicator,
        'without_digital_operators' as dimension,
        grain.disclosed_kind,
        line.month_start,
        0 as measured_value,
        'month_assumed' as warning
    from {{ ref('tax_declaration_line') }} as line
    inner join grain
        on
            line.office = grain.office
            and line.month_start = grain.month_start
            and grain.indicator = 'tax_declared'
            and grain.disclosed_kind = 'month'
    left join incomplete_year
        on grain.office = incomplete_year.office and grain.year_start = incomplete_year.year_start
    where line.is_month_assumed and incomplete_year.office is null
),

incomplete as (
    select distinct
        amount.office,
        amount.indicator,
        amount.dimension,
        'year' as period_kind,
        incomplete_year.year_start as period_start,
        cast(null as decimal(18, 4)) as measured_value,
        'territory_missing' as warning
    from amount
    inner join incomplete_year
        on
            amount.office = incomplete_year.office
            and cast(date_trunc('year', amount.month_start) as date) = incomplete_year.year_start
),

-- Periods that are finer than what may be told, and those that wait for more declarations.
spans as (
    select office, indicator, dimension, disclosed_kind, 'month' as period_kind, month_start as period_start from placed
    union all
    select office, indicator, dimension, disclosed_kind, 'quarter', quarter_start from placed
    union all
    select office, indicator, dimension, disclosed_kind, 'year', year_start from placed
),

judged as (
    select
        *,
        case
            when disclosed_kind in ('month', period_kind) or (disclosed_kind = 'quarter' and period_kind = 'year') then 1
            else 0
        end as is_in
    from spans
),

untold as (
    select
        office,
        indicator,
        dimension,
        period_kind,
        period_start,
        case when max(is_in) = 1 then 0 end as measured_value,
        -- A period of which a part is told is given with a warning, the others are not given.
        case when max(is_in) = 1 then 'partly_withheld' else 'fewer_than_three_hosts' end as warning
    from judged
    group by office, indicator, dimension, period_kind, period_start
    having min(is_in) = 0
),

operator_year as (
    select
        period.office,
        period.operator as dimension,
        period.year_start,
        period.amounts,
        period.declared_eur,
        period.is_suppressed
    from {{ ref('tax_operator_period') }} as period
    union all
    select
        line.office,
        'digital_operators' as dimension,
        told.year_start,
        line.amounts,
        case when told.is_sum_disclosed then line.declared_eur end as declared_eur,
        not told.is_sum_disclosed as is_suppressed
    from {{ ref('tax_operator_line') }} as line
    inner join {{ ref('tax_operator_disclosed') }} as told
        on
            line.office = told.office
            and line.operator = told.operator
            and cast(date_trunc('year', line.month_start) as date) = told.year_start
),

of_operators as (
    select
        office,
        'tax_declared' as indicator,
        dimension,
        'year' as period_kind,
        year_start as period_start,
        sum(declared_eur) as measured_value,
        case
            when max(case when is_suppressed then 1 else 0 end) = 1 then 'fewer_than_three_hosts'
            when count(case when amounts = 'unknown' then 1 end) > 0 then 'unknown_gross_or_net'
            when count(distinct amounts) > 1 then 'gross_and_net_mixed'
            when max(amounts) = 'gross' then 'gross_of_additional_shares'
        end as warning
    from operator_year
    group by office, dimension, year_start
)

select
    {{ observation(
        'indicator', 'measured_value', warning='warning',
        site="'all'", dimension='dimension', period_kind='period_kind', period_start='period_start'
    ) }}
from (
    select * from of_hosts
    union all
    select * from untold
    union all
    select * from incomplete
    union all
    select * from of_operators
) as told
union all
select
    {{ observation(
        'indicator', 'measured_value', warning='warning', expected='expected', observed='observed',
        site="'all'", dimension='dimension', period_kind="'year'", period_start='year_start'
    ) }}
from {{ ref('tax_night_year') }}
