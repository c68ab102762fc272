{{ config(schema='staging', materialized='view') }}
-- Every change of method: those that the office file lists, and those that the sources themselves can see.
select
    office,
    indicator,
    site,
    break_date,
    reason
from {{ source('settings', 'method_break') }}
union all
select
    seen.office,
    seen.indicator,
    'all',
    seen.break_date,
    case office.language when 'en' then note.label_en else note.label_fr end
from (
    {{ whole_of('break_', ['office', 'indicator', 'break_date', 'reason_code']) }}
) as seen
inner join {{ source('settings', 'office') }} as office on seen.office = office.office
inner join {{ ref('figure_note') }} as note on seen.reason_code = note.code
