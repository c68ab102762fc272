{{ config(schema='staging', materialized='view') }}

select
    office,
    'counter:' || counter as subject,
    'counter' as subject_kind,
    site,
    utc_hour,
    local_date,
    local_hour,
    slot_minutes,
    open_minutes,
    passage_count as observed_count,
    entry_count,
    exit_count
from {{ ref('counted_hour') }}
