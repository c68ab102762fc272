{{ config(schema='staging', materialized='view') }}
-- Visits of the websites, newsletters, networks, press and creators.
with website as (
    select
        office,
        website,
        min(local_date) as first_date,
        max(local_date) as last_date
    from {{ raw('website_visits') }}
    group by office, website
),

-- A day that a website lacks between its first and its last one was not observed.
website_day as (
    select
        calendar.office,
        calendar.local_date,
        sum(visit.visits_count) as visits,
        count(*) as expected,
        count(visit.visits_count) as observed
    from {{ source('settings', 'calendar') }} as calendar
    inner join website
        on calendar.office = website.office and calendar.local_date between website.first_date and website.last_date
    left join {{ raw('website_visits') }} as visit
        on
            website.office = visit.office
            and website.website = visit.website
            and calendar.local_date = visit.local_date
    group by calendar.office, calendar.local_date
),

newsletter_day as (
    select
        office,
        local_date,
        count(*) as newsletters,
        sum(delivered_count) as delivered,
        sum(clicked_count) as clicked
    from {{ ref('newsletter') }}
    group by office, local_date
),

reading as (
    select
        *,
        lead(read_on) over (partition by office, network, account order by read_on) as next_on
    from {{ raw('network_readings') }}
),

-- Accounts need not be read on the same day: each counts with its last reading.
network_day as (
    select
        day.office,
        day.network,
        day.read_on as local_date,
        sum(reading.followers_count) as followers,
        sum(case when reading.read_on = day.read_on then reading.views_count end) as views,
        sum(case when reading.read_on = day.read_on then reading.interactions_count end) as interactions
    from (select distinct office, network, read_on from {{ raw('network_readings') }}) as day
    inner join reading
        on
            day.office = reading.office
            and day.network = reading.network
            and day.read_on >= reading.read_on
            and coalesce(day.read_on < reading.next_on, true)
    group by day.office, day.network, day.read_on
),

press_day as (
    select office, published_on as local_date, count(*) as publications
    from {{ raw('press_publications') }}
    group by office, published_on
)

select
    {{ observation("'website_visits'", 'visits', expected='expected', observed='observed', site="'all'") }}
from website_day
union all
select {{ observation("'newsletters'", 'newsletters', site="'all'") }} from newsletter_day
union all
select {{ observation("'newsletter_messages'", 'delivered', site="'all'") }} from newsletter_day
union all
select {{ observation("'newsletter_clicks'", 'clicked', site="'all'") }} from newsletter_day
union all
select {{ observation("'network_followers'", 'followers', site="'all'", dimension='network') }} from network_day
union all
select {{ observation("'network_views'", 'views', site="'all'", dimension='network') }} from network_day
where views is not null
union all
select {{ observation("'network_interactions'", 'interactions', site="'all'", dimension='network') }} from network_day
where interactions is not null
union all
select {{ observation("'press_publications'", 'publications', site="'all'") }} from press_day
union all
select
    {{ observation(
        "'creator_cost'", 'cost_including_tax_eur', site="'all'", dimension='creator', period_kind="'month'",
        period_start='month_start'
    ) }}
from {{ ref('creator_result') }}
union all
select
    {{ observation(
        "'creator_views'", 'views_count', site="'all'", dimension='creator', period_kind="'month'",
        period_start='month_start', warning="case when is_views_minimum then 'least_number' end"
    ) }}
from {{ ref('creator_result') }}
where views_count is not null
