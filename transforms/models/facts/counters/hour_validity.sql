{{ config(schema='staging', materialized='view') }}
-- Which counted hours are believed: what is not is null, and stays beside as it was delivered. A view: the episodes of
-- quality.outage are judged after the facts are built. Episodes of level are questions that people must answer: their counts stay.

with judged as (
    select
        hour.office,
        hour.counter,
        hour.utc_hour,
        max(case when episode.fault in {{ faults('untrue') }} then episode.fault end) as never_believed,
        max(case when episode.fault in {{ faults('silence') }} then episode.fault end)
            as silent,
        max(case
            when episode.fault in {{ faults('direction') }} and episode.direction = 'in'
                then episode.fault
        end) as entries_not_believed,
        max(case
            when episode.fault in {{ faults('direction') }} and episode.direction = 'out'
                then episode.fault
        end) as exits_not_believed
    from {{ ref('counted_hour') }} as hour
    inner join {{ source('settings', 'office') }} as office on hour.office = office.office
    inner join {{ source('quality', 'outage') }} as episode
        on hour.office = episode.office and 'counter:' || hour.counter = episode.subject
    where
        hour.utc_hour + hour.slot_minutes * interval '1' minute > episode.onset_at
        and hour.utc_hour < coalesce(episode.ended_at, office.as_of)
    group by hour.office, hour.counter, hour.utc_hour
),

-- A fault of one direction makes the sum of both unknown, and leaves the other one.
hours as (
    select
        hour.*,
        correction.action as correction_action,
        coalesce(correction.factor, 1) as correction_factor,
        {% for count, faults in {
            'passage_count': ['entries_not_believed', 'exits_not_believed'],
            'entry_count': ['entries_not_believed'],
            'exit_count': ['exits_not_believed'],
        }.items() %}
        case
            when hour.{{ count }} is null then case when hour.is_reset then 'index_reset' else 'no_row' end
            when correction.action = 'ignore' then 'corrected'
            when closed.local_date is not null then 'closed'
            when judged.never_believed is not null then judged.never_believed
            {% for fault in faults %}
            when judged.{{ fault }} is not null then judged.{{ fault }}
            {% endfor %}
            when judged.silent is not null then judged.silent
        end as {{ count }}_invalid_because{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('counted_hour') }} as hour
    left join judged
        on hour.office = judged.office and hour.counter = judged.counter and hour.utc_hour = judged.utc_hour
    left join {{ source('settings', 'correction') }} as correction
        on
            hour.office = correction.office
            and hour.counter = correction.counter
            and hour.local_date >= correction.first_date
            and hour.local_date <= correction.last_date
    left join {{ source('settings', 'closed_day') }} as closed
        on hour.office = closed.office and hour.site = closed.site and hour.local_date = closed.local_date
)

select
    office,
    counter,
    site,
    utc_hour,
    local_date,
    local_hour,
    slot_minutes,
    open_minutes,
    case when passage_count_invalid_because is null then passage_count end as passage_count,
    case when entry_count_invalid_because is null then entry_count end as entry_count,
    case when exit_count_invalid_because is null then exit_count end as exit_count,
    entry_count_invalid_because is null as is_valid,
    entry_count_invalid_because as invalid_because,
    correction_action,
    correction_factor,
    passage_count as delivered_passage_count,
    entry_count as delivered_entry_count,
    exit_count as delivered_exit_count
from hours
where coalesce(correction_action, '') <> 'replace'

union all

-- What was counted in another way tells the whole day, and nothing of its hours.
select
    hour.office,
    hour.counter,
    hour.site,
    min(hour.utc_hour),
    hour.local_date,
    min(hour.local_hour),
    cast(sum(hour.slot_minutes) as bigint),
    cast(sum(hour.open_minutes) as bigint),
    null,
    max(correction.entries),
    null,
    true,
    null,
    'replace',
    1,
    sum(hour.passage_count),
    sum(hour.entry_count),
    sum(hour.exit_count)
from {{ ref('counted_hour') }} as hour
inner join {{ source('settings', 'correction') }} as correction
    on
        hour.office = correction.office
        and hour.counter = correction.counter
        and hour.local_date = correction.first_date
where correction.action = 'replace'
group by hour.office, hour.counter, hour.site, hour.local_date
