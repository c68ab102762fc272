{{ config(schema='staging') }}
-- Requests by the day, and by the month where nobody kept them one by one: of a month and channel never both.

with asked as (
    select
        office,
        local_date,
        cast(date_trunc('month', local_date) as date) as month_start,
        channel,
        count(*) as request_count,
        count(answered_date) as answered_count,
        count(case when answered_date <= local_date + interval '2' day then 1 end) as answered_soon_count,
        count(case when is_documentation_sent then 1 end) as documentation_count
    from {{ raw('requests') }}
    group by office, local_date, channel
),

months as (
    select distinct office, month_start, channel
    from asked
),

tallied as (
    select
        tally.office,
        tally.month_start,
        tally.channel,
        tally.request_count,
        months.month_start is not null as is_left_out
    from {{ raw('request_tallies') }} as tally
    left join months
        on
            tally.office = months.office
            and tally.month_start = months.month_start
            and tally.channel = months.channel
)

select
    asked.office,
    'day' as period_kind,
    asked.local_date as period_start,
    asked.month_start,
    asked.channel,
    asked.request_count,
    asked.answered_count,
    asked.answered_soon_count,
    asked.documentation_count,
    coalesce(tallied.is_left_out, false) as is_tally_left_out
from asked
left join tallied
    on
        asked.office = tallied.office
        and asked.month_start = tallied.month_start
        and asked.channel = tallied.channel
union all
select
    office,
    'month' as period_kind,
    month_start as period_start,
    month_start,
    channel,
    request_count,
    null as answered_count,
    null as answered_soon_count,
    null as documentation_count,
    false as is_tally_left_out
from tallied
where not is_left_out
