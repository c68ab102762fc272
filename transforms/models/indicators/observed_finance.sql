{{ config(schema='staging', materialized='view') }}
-- What the account of each year comes to.
with section as (
    select
        *,
        cast(concat(cast(fiscal_year as varchar(4)), '-01-01') as date) as year_start
    from {{ ref('budget_section') }}
),

year as (
    select
        office,
        year_start,
        sum(result_eur + carried_eur) as balance_eur,
        sum(own_receipts_eur) as own_receipts_eur,
        sum(reception_eur) as reception_eur
    from section
    group by office, year_start
)

select
    {{ observation(
        "'budget_result'", 'result_eur', site="'all'", dimension='section', period_kind="'year'", period_start='year_start'
    ) }}
from section
union all
select
    {{ observation(
        "'budget_balance'", 'balance_eur', site="'all'", period_kind="'year'", period_start='year_start'
    ) }}
from year
union all
-- Without a list of articles in office.yml nothing tells what is the office's own: no figure, not 0.
select
    {{ observation(
        "'own_receipts'", 'own_receipts_eur', site="'all'", period_kind="'year'", period_start='year_start'
    ) }}
from year
where own_receipts_eur is not null
union all
select
    {{ observation(
        "'reception_cost'", 'reception_eur', site="'all'", period_kind="'year'", period_start='year_start'
    ) }}
from year
where reception_eur is not null
