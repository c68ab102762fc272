{{ config(schema='staging') }}
-- Base and additional shares of every declared line. Never published: a line is one host's.

with line as (
    select
        *,
        cast(
            extract(month from period_start) * 100 + extract(day from period_start) as integer
        ) as month_day
    from {{ raw('tax_declarations') }}
),

priced as (
    select
        line.*,
        tariff.tariff,
        coalesce(regime.regime, 'actual') as regime,
        case
            when tariff.tariff is null then null
            when tariff.is_percent and line.taxable_person_nights = 0 then cast(0 as decimal(28, 8))
            -- The price is shared among all occupants, exempt ones included; then the cap, a person-night.
            when tariff.is_percent and line.person_nights <> 0 then cast(
                sign(line.person_nights) * least(
                    -- Wider than 18 digits, else DuckDB multiplies within 18 and the largest prices overflow.
                    cast(line.night_price_eur as decimal(20, 2))
                    * cast(line.nights_count as decimal(5, 0))
                    * tariff.tariff
                    * abs(cast(line.taxable_person_nights as decimal(7, 0)))
                    * 0.01
                    / abs(line.person_nights),
                    coalesce(tariff.cap_eur * abs(cast(line.taxable_person_nights as decimal(7, 0))), 999999999)
                ) as decimal(28, 8)
            )
            when tariff.is_percent then null
            when regime.regime = 'flat_rate' then cast(
                tariff.tariff * cast(line.capacity_count as decimal(6, 0)) * cast(line.nights_count as decimal(5, 0))
                as decimal(28, 8)
            )
            else cast(tariff.tariff * cast(line.taxable_person_nights as decimal(7, 0)) as decimal(28, 8))
        end as exact_base
    from line
    left join {{ ref('tax_tariff') }} as tariff
        on
            line.office = tariff.office
            and line.category = tariff.category
            and line.period_start >= tariff.valid_from
            and (tariff.valid_until is null or line.period_start < tariff.valid_until)
            and case
                when tariff.first_month_day <= tariff.last_month_day
                    then line.month_day between tariff.first_month_day and tariff.last_month_day
                else line.month_day >= tariff.first_month_day or line.month_day <= tariff.last_month_day
            end
    left join {{ ref('tax_regime') }} as regime
        on
            line.office = regime.office
            and line.nature = regime.nature
            and line.period_start >= regime.valid_from
            and (regime.valid_until is null or line.period_start < regime.valid_until)
),

based as (
    select
        *,
        {{ to_cents('exact_base') }} as base_eur
    from priced
),

shared as (
    select
        based.office,
        based.declaration_reference,
        based.lodging_id,
        based.period_start,
        sum({{ tax_share('based.base_eur', 'rate.rate_pct') }}) as shares_eur
    from based
    inner join {{ ref('tax_rate') }} as rate
        on
            based.office = rate.office
            and based.period_start >= rate.valid_from
            and (rate.valid_until is null or based.period_start < rate.valid_until)
    group by based.office, based.declaration_reference, based.lodging_id, based.period_start
),

completed as (
    select
        based.*,
        case
            when based.base_eur is not null then cast(coalesce(shared.shares_eur, 0) as decimal(18, 2))
        end as additional_shares_eur
    from based
    left join shared
        on
            based.office = shared.office
            and based.declaration_reference = shared.declaration_reference
            and based.lodging_id = shared.lodging_id
            and based.period_start = shared.period_start
)

select
    office,
    declaration_reference,
    host_id,
    lodging_id,
    municipality_code,
    nature,
    category,
    period_start,
    period_end,
    cast(date_trunc('month', period_end) as date) as month_start,
    cast(date_trunc('month', period_start) as date) <> cast(date_trunc('month', period_end) as date)
        as is_month_assumed,
    regime,
    capacity_count,
    nights_count,
    taxable_person_nights,
    exempt_person_nights,
    person_nights,
    tariff,
    base_eur,
    additional_shares_eur,
    cast(base_eur + additional_shares_eur as decimal(18, 2)) as computed_eur,
    cast(declared_eur as decimal(18, 2)) as declared_eur,
    cast(cast(declared_eur as decimal(18, 2)) - base_eur - additional_shares_eur as decimal(18, 2)) as difference_eur,
    adjustment
from completed
