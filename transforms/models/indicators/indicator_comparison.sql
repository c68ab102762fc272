{% set reasons = [
    'outage', 'outage_before', 'different_opening', 'different_slots', 'method_break', 'level_change', 'no_history'
] %}
-- Like for like: the days of compared_day in local weeks, which err together, and the weeks in periods.

with by_kind as (
    select
        day.*,
        calendar.week_start,
        period.period_kind,
        period.period_start
    from {{ ref('compared_day') }} as day
    inner join {{ source('settings', 'calendar') }} as calendar
        on day.office = calendar.office and day.local_date = calendar.local_date
    inner join {{ ref('calendar_period') }} as period
        on day.office = period.office and day.local_date = period.local_date
),

weeks as (
    select
        {{ figure_key() }},
        sum(compared_value) as this_sum,
        sum(previous_compared_value) as previous_sum,
        sum(expected_weight) as expected_weight,
        sum(compared_weight) as compared_weight,
        {% for reason in reasons %}
        sum({{ reason }}_weight) as {{ reason }}_weight,
        {% endfor %}
        max(is_level_changed) as is_level_changed
    from by_kind
    group by {{ figure_key() }}, week_start
),

sums as (
    select
        {{ figure_key() }},
        sum(this_sum) as this_sum,
        sum(previous_sum) as previous_sum,
        count(case when compared_weight > 0 then 1 end) as weeks,
        count(*) as open_weeks,
        sum(expected_weight) as expected_weight,
        sum(compared_weight) as compared_weight,
        {% for reason in reasons %}
        sum({{ reason }}_weight) as {{ reason }}_weight,
        {% endfor %}
        sum(previous_sum * previous_sum) as previous_squares,
        sum(this_sum * previous_sum) as products,
        sum(this_sum * this_sum) as this_squares,
        max(is_level_changed) as is_level_changed
    from weeks
    group by {{ figure_key() }}
),

changes as (
    select
        *,
        -- What rounds to nothing is nothing: a ratio to it is beyond any number of percents.
        case when cast(previous_sum as decimal(18, 4)) > 0 then this_sum / previous_sum end as ratio,
        case
            when weeks >= 4 and cast(previous_sum as decimal(18, 4)) > 0
                then {{ half_width_of_ratio('weeks', 'this_sum', 'previous_sum', 'this_squares', 'products', 'previous_squares') }}
        end as half_width
    from sums
),

broken as (
    select distinct {{ figure_key() }}
    from {{ ref('period_break') }}
),

judged as (
    select
        period.office,
        period.indicator,
        period.site,
        period.dimension,
        period.period_kind,
        period.period_start,
        period.period_end,
        period.measured_value,
        period.estimated_value,
        changes.this_sum,
        changes.previous_sum,
        changes.ratio,
        changes.half_width,
        changes.compared_weight / changes.expected_weight as compared_share,
        {% for reason in reasons %}
        changes.{{ reason }}_weight / changes.expected_weight as {{ reason }}_share,
        {% endfor %}
        changes.weeks,
        changes.is_level_changed = 1 as is_level_changed,
        (
            changes.compared_weight >= 0.5 * changes.expected_weight
            and (period.period_kind in ('day', 'week') or changes.weeks >= least(4, changes.open_weeks))
            and period.period_end < office.as_of_date
            and broken.indicator is null
        ) as comparable,
        period.period_end >= office.as_of_date as is_running,
        broken.indicator is not null as is_broken
    from {{ ref('indicator_period') }} as period
    inner join {{ source('settings', 'office') }} as office on period.office = office.office
    inner join changes
        on {{ same_figure('period', 'changes') }}
    left join broken
        on {{ same_figure('period', 'broken') }}
),

told as (
    select
        {{ figure_key() }},
        {{ distinct_list('reason') }} as reasons
    from (
        {% for reason in reasons %}
        select {{ figure_key() }}, '{{ reason }}' as reason
        from judged
        where {{ reason }}_share > 0
        union all
        {% endfor %}
        select {{ figure_key() }}, 'method_break' from judged where is_broken
        union all
        select {{ figure_key() }}, 'partial_period' from judged where is_running
    ) as each_reason
    group by {{ figure_key() }}
)

select
    judged.office,
    judged.indicator,
    judged.site,
    judged.dimension,
    judged.period_kind,
    judged.period_start,
    judged.period_end,
    cast(judged.this_sum as decimal(18, 4)) as compared_value,
    cast(judged.previous_sum as decimal(18, 4)) as previous_compared_value,
    coalesce(judged.measured_value, 0) - cast(judged.this_sum as decimal(18, 4)) as not_compared_value,
    judged.estimated_value,
    judged.compared_share,
    {% for reason in reasons %}
    judged.{{ reason }}_share,
    {% endfor %}
    coalesce(told.reasons, {{ empty_list() }}) as reasons,
    case when judged.comparable then cast(100 * (judged.ratio - 1) as decimal(18, 2)) end as change_percent,
    -- Nothing falls by more than all of it.
    case
        when judged.comparable and judged.half_width is not null
            then cast(greatest(100 * (judged.ratio - judged.half_width - 1), -100) as decimal(18, 2))
    end as change_low,
    case
        when judged.comparable then cast(100 * (judged.ratio + judged.half_width - 1) as decimal(18, 2))
    end as change_high,
    judged.weeks,
    judged.is_level_changed,
    judged.comparable
from judged
left join told
    on {{ same_figure('judged', 'told') }}
