-- Every review once, as it stands: Google's own as last exported, the workbook's beside it.
with ranked as (
    select
        *,
        row_number() over (partition by office, review_id order by updated_at desc, seen_at desc) as recency,
        max(seen_at) over (partition by office, review_id) as last_seen_at
    from {{ raw('reviews') }}
),

last_export as (
    select office, location, max(exported_at) as exported_at
    from {{ raw('review_exports') }}
    group by office, location
),

-- What a later complete export of its location no longer has was removed.
google as (
    select ranked.*
    from ranked
    left join last_export
        on ranked.office = last_export.office and ranked.location = last_export.location
    where ranked.recency = 1 and coalesce(last_export.exported_at <= ranked.last_seen_at, true)
),

told_by_google as (
    select distinct office, site, year(created_on) as created_year
    from google
)

select
    office,
    site,
    platform,
    created_on as local_date,
    cast(rating as double) as rating,
    replied_on as replied_date
from google
union all
select
    register.office,
    register.site,
    register.platform,
    register.created_on as local_date,
    register.rating,
    register.replied_on as replied_date
from {{ raw('review_register') }} as register
left join told_by_google
    on
        register.office = told_by_google.office
        and register.site = told_by_google.site
        and year(register.created_on) = told_by_google.created_year
        and register.platform = 'google'
where told_by_google.office is null
