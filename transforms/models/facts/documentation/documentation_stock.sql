-- What became of each edition's copies, by local day on which its register has a row.
with last_of_day as (
    select
        *,
        row_number() over (partition by office, edition_code, moved_on order by movement_rank desc) as recency
    from {{ ref('documentation_movement') }}
)

select
    day.office,
    day.edition_code,
    day.moved_on as local_date,
    max(edition.edition_year) as edition_year,
    max(edition.threshold_count) as threshold_count,
    cast(max(case when day.recency = 1 then day.stock_count end) as bigint) as stock_count,
    cast(sum(case when day.movement_kind = 'reception' then day.copies_count else 0 end) as bigint) as received_count,
    cast(sum(case when day.movement_kind in ('delivery', 'desk', 'mailing') then day.copies_count else 0 end) as bigint)
        as distributed_count,
    cast(sum(case when day.movement_kind = 'discarded' then day.copies_count else 0 end) as bigint) as discarded_count,
    cast(sum(day.gap_count) as bigint) as gap_count
from last_of_day as day
left join {{ raw('documentation_editions') }} as edition
    on day.office = edition.office and day.edition_code = edition.edition_code
group by day.office, day.edition_code, day.moved_on
