-- Days of visits as they are written down, and those that office.yml calls open between the first and the last.

with visits as (
    select
        office,
        site,
        local_date,
        max(case when is_open then 1 else 0 end) = 1 as is_open,
        cast(sum(case
            when paid_count is not null or free_count is not null
                then coalesce(paid_count, 0) + coalesce(free_count, 0)
        end) as bigint) as visitor_count,
        sum(receipts_eur) as receipts_eur,
        max(event) as event
    from {{ raw('equipment_visits') }}
    group by office, site, local_date
),

recorded as (
    select office, site, min(local_date) as first_date, max(local_date) as last_date
    from visits
    group by office, site
),

unwritten as (
    select distinct opening.office, opening.site, opening.local_date
    from {{ source('settings', 'opening_hour') }} as opening
    inner join recorded
        on
            opening.office = recorded.office
            and opening.site = recorded.site
            and opening.local_date between recorded.first_date and recorded.last_date
    left join visits
        on
            opening.office = visits.office
            and opening.site = visits.site
            and opening.local_date = visits.local_date
    where visits.site is null
),

-- A guided tour in a place whose entries are counted is in them already.
sessions as (
    select
        session.office,
        session.site,
        session.local_date,
        cast(sum(session.participant_count) as bigint) as visitor_count,
        sum(session.receipts_eur) as receipts_eur
    from {{ raw('equipment_sessions') }} as session
    left join recorded on session.office = recorded.office and session.site = recorded.site
    where not session.is_cancelled and recorded.site is null
    group by session.office, session.site, session.local_date
)

select office, site, local_date, visitor_count, receipts_eur, event, is_open as is_expected
from visits
union all
select office, site, local_date, null, null, null, true
from unwritten
union all
select office, site, local_date, visitor_count, receipts_eur, null, true
from sessions
