{{ config(schema='staging', materialized='view') }}
-- What the barrier and the kiosk saw, by local day. Today, which is not over, is left out.

with nights as (
    select
        night.office,
        night.site,
        night.local_date,
        night.night_count,
        night.is_out,
        estimate.estimated_count,
        estimate.refused_because
    from {{ ref('motorhome_night') }} as night
    left join {{ source('quality', 'estimate') }} as estimate
        on
            night.office = estimate.office
            and estimate.subject = concat('barrier:', night.site)
            and estimate.period_kind = 'day'
            and night.local_date = estimate.period_start
    where night.night_count is not null or night.is_out
),

turnover as (
    select office, site, local_date, sum(net_eur) as net_eur
    from {{ ref('motorhome_payment') }}
    group by office, site, local_date
),

areas as (
    select office, site, max(last_date) as last_date
    from {{ ref('motorhome_logged_day') }}
    group by office, site
),

kiosk_days as (
    select
        day.office,
        day.site,
        day.local_date,
        day.last_date,
        day.is_out,
        case when day.local_date <= area.last_date then coalesce(turnover.net_eur, 0) end as net_eur
    from {{ ref('motorhome_logged_day') }} as day
    inner join areas as area on day.office = area.office and day.site = area.site
    left join turnover
        on
            day.office = turnover.office
            and day.site = turnover.site
            and day.local_date = turnover.local_date
    where day.equipment = 'kiosk'
)

select
    {{ observation(
        "'overnight_stays'", 'night_count', estimated='estimated_count',
        expected='1', observed='case when is_out then 0 else 1 end', warning='refused_because'
    ) }}
from nights
union all
-- On a day without the kiosk nothing was taken: the 0 is true, and its weight says that it was not normal. Where the
-- area gave nothing at all any more, nobody knows.
select
    {{ observation(
        "'turnover_excluding_tax'", 'net_eur', expected='1', observed='case when is_out then 0 else 1 end'
    ) }}
from kiosk_days
where local_date <= last_date or is_out
union all
select {{ observation("concat(equipment, '_outage_days')", 'case when is_out then 1 else 0 end') }}
from {{ ref('motorhome_logged_day') }}
