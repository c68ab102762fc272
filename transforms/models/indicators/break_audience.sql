{{ config(schema='staging', materialized='view') }}
-- The first day on which another tool counts the visits of a website: a session of one is no visit of the other.
with followed as (
    select
        office,
        local_date,
        tool,
        lag(tool) over (partition by office, website order by local_date) as tool_before
    from {{ raw('website_visits') }}
    where tool is not null
)

select distinct
    office,
    'website_visits' as indicator,
    local_date as break_date,
    'visits_counted_otherwise' as reason_code
from followed
where tool <> tool_before
