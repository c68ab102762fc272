{{ config(schema='staging', materialized='table') }}
-- Each open slot has one fate: compared with its slot of the year before, or the first reason why it is not.

with slots as (
    select slot.*, hour_before.previous_utc_hour
    from {{ ref('compared_slot') }} as slot
    left join {{ ref('hour_before') }} as hour_before
        on slot.office = hour_before.office and slot.starts_at = hour_before.utc_hour
),

-- Episodes that change the level of the entries that are counted, and no more than the level.
levels as (
    select
        slot.office,
        slot.subject,
        slot.starts_at,
        {{ distinct_list("concat(episode.fault, ' ', episode.onset_at)") }} as episodes
    from {{ ref('compared_slot') }} as slot
    inner join {{ source('settings', 'office') }} as office on slot.office = office.office
    inner join {{ source('quality', 'outage') }} as episode
        on slot.office = episode.office and slot.subject = episode.subject
    where
        episode.fault in {{ faults('level') }}
        and slot.ends_at > episode.onset_at
        and slot.starts_at < coalesce(episode.ended_at, office.as_of)
    group by slot.office, slot.subject, slot.starts_at
),

first_days as (
    select office, indicator, line, min(local_date) as first_date
    from slots
    group by office, indicator, line
),

-- Days of counters that one row tells, beside others that hours tell.
days_as_one as (
    select distinct office, indicator, line, local_date
    from slots
    where ends_at > starts_at + interval '90' minute
),

fates as (
    select
        this.office,
        this.indicator,
        this.site,
        this.dimension,
        this.local_date,
        this.expected_weight,
        this.observed_value,
        previous.observed_value as previous_value,
        level.episodes is not null as is_level_changed,
        case
            when not this.is_valid then 'outage'
            when cast(this.local_date - interval '364' day as date) < first_days.first_date then 'no_history'
            when previous.expected_weight is null and (this_as_one.line is null) <> (previous_as_one.line is null)
                then 'different_slots'
            when previous.expected_weight is null or previous.expected_weight <> this.expected_weight
                then 'different_opening'
            when not previous.is_valid then 'outage_before'
            when
                level.episodes is distinct from previous_level.episodes
                or this.correction_factor <> previous.correction_factor
                then 'level_change'
            else 'compared'
        end as fate
    from slots as this
    inner join first_days
        on
            this.office = first_days.office
            and this.indicator = first_days.indicator
            and this.line = first_days.line
    left join {{ ref('compared_slot') }} as previous
        on
            this.office = previous.office
            and this.indicator = previous.indicator
            and this.line = previous.line
            and this.previous_utc_hour = previous.starts_at
    left join days_as_one as this_as_one
        on
            this.office = this_as_one.office
            and this.indicator = this_as_one.indicator
            and this.line = this_as_one.line
            and this.local_date = this_as_one.local_date
    left join days_as_one as previous_as_one
        on
            this.office = previous_as_one.office
            and this.indicator = previous_as_one.indicator
            and this.line = previous_as_one.line
            and cast(this.local_date - interval '364' day as date) = previous_as_one.local_date
    left join levels as level
        on
            this.office = level.office
            and this.subject = level.subject
            and this.starts_at = level.starts_at
    left join levels as previous_level
        on
            this.office = previous_level.office
            and previous.subject = previous_level.subject
            and this.previous_utc_hour = previous_level.starts_at
    -- Who passes while the site is closed is counted, not compared: no row tells that the year before had none.
    where this.expected_weight > 0
),

days as (
    select
        office,
        indicator,
        site,
        dimension,
        local_date,
        sum(expected_weight) as expected_weight,
        sum(case when fate = 'compared' then observed_value else 0 end) as compared_value,
        sum(case when fate = 'compared' then previous_value else 0 end) as previous_compared_value,
        {% for fate in [
            'compared', 'outage', 'outage_before', 'different_opening', 'different_slots', 'level_change', 'no_history'
        ] %}
        sum(case when fate = '{{ fate }}' then expected_weight else 0 end) as {{ fate }}_weight,
        {% endfor %}
        max(case when is_level_changed then 1 else 0 end) as is_level_changed
    from fates
    group by office, indicator, site, dimension, local_date
),

-- Days of which the day of the year before lies across a change of method.
broken_days as (
    select distinct method_break.office, method_break.indicator, method_break.site, calendar.local_date
    from {{ source('settings', 'method_break') }} as method_break
    inner join {{ source('settings', 'calendar') }} as calendar
        on
            method_break.office = calendar.office
            and method_break.break_date <= calendar.local_date
            and method_break.break_date > cast(calendar.local_date - interval '364' day as date)
),

marked as (
    select days.*, here.local_date is not null or everywhere.local_date is not null as is_broken
    from days
    left join broken_days as here
        on
            days.office = here.office
            and days.indicator = here.indicator
            and days.site = here.site
            and days.local_date = here.local_date
    left join broken_days as everywhere
        on
            days.office = everywhere.office
            and days.indicator = everywhere.indicator
            and everywhere.site = 'all'
            and days.site <> 'all'
            and days.local_date = everywhere.local_date
)

select
    office,
    indicator,
    site,
    dimension,
    local_date,
    case when is_broken then 0 else compared_value end as compared_value,
    case when is_broken then 0 else previous_compared_value end as previous_compared_value,
    expected_weight,
    case when is_broken then 0 else compared_weight end as compared_weight,
    outage_weight,
    outage_before_weight,
    different_opening_weight,
    different_slots_weight,
    case when is_broken then compared_weight else 0 end as method_break_weight,
    level_change_weight,
    no_history_weight,
    is_level_changed
from marked
