{{ config(schema='staging', materialized='view') }}
-- Copies handed out, thrown away and missing at inventories, the partners they went to, and what is left of each edition.
with day as (
    select
        office,
        local_date,
        sum(received_count) as received,
        sum(distributed_count) as distributed,
        sum(discarded_count) as discarded,
        coalesce(sum(gap_count), 0) as gap
    from {{ ref('documentation_stock') }}
    group by office, local_date
),

delivered as (
    select distinct
        office,
        moved_on as local_date,
        -- A partner's name may be a person's: it goes no further.
        md5(partner) as partner
    from {{ ref('documentation_movement') }}
    where movement_kind = 'delivery' and partner is not null
),

standing as (
    select
        office,
        edition_code,
        local_date,
        stock_count,
        lead(local_date) over (partition by office, edition_code order by local_date) as until_date
    from {{ ref('documentation_stock') }}
),

stock as (
    select
        standing.office,
        standing.edition_code,
        level_day.local_date,
        standing.stock_count
    from ({{ level_days(ref('documentation_stock'), 'local_date') }}) as level_day
    inner join standing
        on
            level_day.office = standing.office
            and level_day.local_date >= standing.local_date
            and coalesce(level_day.local_date < standing.until_date, true)
)

select {{ observation("'documentation_received'", 'received', site="'all'") }} from day
union all
select {{ observation("'documentation_distributed'", 'distributed', site="'all'") }} from day
union all
select {{ observation("'documentation_discarded'", 'discarded', site="'all'") }} from day
union all
select {{ observation("'documentation_inventory_gap'", 'gap', site="'all'") }} from day
union all
select {{ observation("'documentation_delivery_partners'", '1', site="'all'", key='partner') }} from delivered
union all
select {{ observation("'documentation_stock'", 'stock_count', site="'all'", dimension='edition_code') }} from stock
