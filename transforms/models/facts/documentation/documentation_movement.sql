{{ config(schema='staging', materialized='view') }}
-- Every movement in the order in which the register tells them, with the stock that it leaves: an inventory opens a
-- new base, all others add to the last one or take from it.
with signed as (
    select
        office,
        edition_code,
        moved_on,
        row_rank,
        movement_kind,
        copies_count,
        partner,
        case
            when movement_kind in ('reception', 'inventory') then copies_count
            when movement_kind in ('delivery', 'desk', 'mailing', 'discarded') then -copies_count
        end as signed_count,
        sum(case when movement_kind = 'inventory' then 1 else 0 end)
            over (partition by office, edition_code order by moved_on, row_rank) as base,
        row_number() over (partition by office, edition_code order by moved_on, row_rank) as movement_rank
    from {{ raw('documentation_movements') }}
),

running as (
    select
        *,
        sum(signed_count) over (
            partition by office, edition_code, base order by movement_rank
        ) as stock_count
    from signed
)

select
    *,
    -- What the movements had left; the first row of an edition has nothing before it.
    case
        when movement_kind = 'inventory'
            then copies_count - lag(stock_count) over (partition by office, edition_code order by movement_rank)
    end as gap_count
from running
