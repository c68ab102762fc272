{{ config(schema='staging', materialized='view') }}
-- How sure the estimates of a figure are. Several gaps in one period are not independent: their half-widths add up,
-- which errs on the side of width. Where a part was refused, or has no interval, none is claimed.

select
    office,
    indicator,
    site,
    period_kind,
    period_start,
    case when count(low) = count(*) then sum(estimated_count - low) end as below,
    case when count(high) = count(*) then sum(high - estimated_count) end as above,
    max(case when refused_because is null and not is_final then 'provisional_estimate' end) as provisional,
    max(case when tier >= 3 then 'weak_estimate' end) as weak,
    coalesce({{ distinct_list('refused_because') }}, {{ empty_list() }}) as refusals
from {{ source('quality', 'estimate') }}
where period_kind <> 'outage'
group by office, indicator, site, period_kind, period_start
