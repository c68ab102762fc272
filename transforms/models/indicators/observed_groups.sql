{{ config(schema='staging', materialized='view') }}
-- Groups and stays by the day of the visit, lost files by the day of the loss.

with visit as (
    select
        office,
        file_number,
        file_kind,
        local_date,
        actual_count,
        amount_eur,
        satisfaction_score,
        case
            when is_day_missing then 'visit_day_missing'
            when amount_eur is null then 'amount_missing'
        end as warning
    from {{ ref('group_file') }}
    where status = 'completed' or (file_kind = 'individual_stay' and status = 'confirmed')
),

visit_group as (select * from visit where file_kind = 'group'),

stay as (select * from visit where file_kind = 'individual_stay'),

lost as (
    select office, lost_on, loss_reason
    from {{ ref('group_file') }}
    where lost_on is not null and file_kind = 'group'
),

-- A file has as many visits of a theme as days on which it was served; a theme that the office does not declare
-- is none that people may read.
theme_visit as (
    select
        service.office,
        service.served_on,
        coalesce(theme.theme, 'other') as theme,
        count(distinct service.file_number) as visits,
        sum(service.persons_count) as participants
    from {{ raw('group_services') }} as service
    inner join visit_group as visit
        on service.office = visit.office and service.file_number = visit.file_number
    left join {{ source('settings', 'group_theme') }} as theme
        on service.office = theme.office and lower(trim(service.theme)) = lower(theme.theme)
    group by service.office, service.served_on, coalesce(theme.theme, 'other')
)

select {{ observation("'groups'", '1', warning="case when warning = 'visit_day_missing' then warning end", site="'all'") }}
from visit_group
union all
select {{ observation("'group_persons'", 'actual_count', site="'all'") }}
from visit_group
where actual_count is not null
union all
select {{ observation("'groups_counted'", '1', site="'all'") }}
from visit_group
where actual_count is not null
union all
select {{ observation("'group_turnover'", 'coalesce(amount_eur, 0)', warning='warning', site="'all'") }}
from visit_group
union all
select {{ observation("'groups_not_completed'", '1', site="'all'", period_start='lost_on') }}
from lost
union all
select
    {{ observation(
        "'groups_not_completed'", '1', site="'all'", dimension='loss_reason', period_start='lost_on'
    ) }}
from lost
union all
select {{ observation("'group_score_total'", 'satisfaction_score', site="'all'") }}
from visit_group
where satisfaction_score is not null
union all
select {{ observation("'group_scores'", '1', site="'all'") }}
from visit_group
where satisfaction_score is not null
union all
select {{ observation("'group_theme_visits'", 'visits', site="'all'", dimension='theme', period_start='served_on') }}
from theme_visit
union all
select
    {{ observation(
        "'guided_visit_participants'", 'participants', site="'all'", dimension='theme', period_start='served_on'
    ) }}
from theme_visit
where participants is not null
union all
select
    {{ observation(
        "'individual_stays_sold'", '1', warning="case when warning = 'visit_day_missing' then warning end",
        site="'all'"
    ) }}
from stay
union all
select {{ observation("'individual_stay_turnover'", 'coalesce(amount_eur, 0)', warning='warning', site="'all'") }}
from stay
