-- What the DGFiP publishes of the office's own account, beside what the office's own files come to.

with stated as (
    select
        balance.office,
        balance.fiscal_year,
        -- Class 6 holds receipts too (repaid wages), and class 7 expenses (restitutions): the side tells.
        sum(balance.net_credit_eur) as receipts_eur,
        sum(balance.net_debit_eur) as expenses_eur,
        max(load.received_at) as stated_at
    from {{ raw('published_balances') }} as balance
    inner join {{ source('settings', 'office') }} as office
        on balance.office = office.office and balance.siren = office.siren
    inner join {{ source('quality', 'load') }} as load on balance.delivery_id = load.delivery_id
    where left(balance.account, 1) in ('6', '7')
    group by balance.office, balance.fiscal_year
),

side as (
    select office, fiscal_year, 'receipt' as direction, receipts_eur as stated_eur, stated_at from stated
    union all
    select office, fiscal_year, 'expense', expenses_eur, stated_at from stated
),

own as (
    select office, fiscal_year, recorded_in, 'receipt' as direction, receipts_eur as own_eur
    from {{ ref('budget_section') }}
    where section = 'operating'
    union all
    select office, fiscal_year, recorded_in, 'expense', expenses_eur
    from {{ ref('budget_section') }}
    where section = 'operating'
)

select
    side.office,
    side.fiscal_year,
    side.direction,
    own.recorded_in,
    cast(side.stated_eur as decimal(18, 4)) as stated_eur,
    cast(own.own_eur as decimal(18, 4)) as own_eur,
    cast(side.stated_eur - own.own_eur as decimal(18, 4)) as difference_eur,
    side.stated_at
from side
left join own
    on
        side.office = own.office
        and side.fiscal_year = own.fiscal_year
        and side.direction = own.direction
