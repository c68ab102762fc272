{{ config(schema='staging', materialized='view') }}
-- The first year whose account follows another account plan (M14, then M57): articles do not mean the same.
with plan as (
    select
        office,
        fiscal_year,
        max(account_plan) as account_plan
    from {{ raw('budget_lines') }}
    where document_kind = 'account' and account_plan is not null
    group by office, fiscal_year
),

followed as (
    select
        *,
        lag(account_plan) over (partition by office order by fiscal_year) as account_plan_before
    from plan
)

-- Of each figure of that year: one that the office has not would be a change that forbids nothing.
select distinct
    followed.office,
    observed.indicator,
    observed.period_start as break_date,
    'account_plan_changed' as reason_code
from followed
inner join {{ ref('observed_finance') }} as observed
    on
        followed.office = observed.office
        and cast(concat(cast(followed.fiscal_year as varchar(4)), '-01-01') as date) = observed.period_start
where followed.account_plan <> followed.account_plan_before
