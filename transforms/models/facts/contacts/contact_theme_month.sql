-- What was asked for, by month: one row a desk and theme. A party that asks for three things is in three rows.
with theme as (
    select office, site, local_date, {{ each_word('themes') }} as theme
    from {{ ref('contact') }}
    where themes is not null
    union all
    select office, site, local_date, second_theme from {{ ref('contact') }} where second_theme is not null
    union all
    select office, site, local_date, third_theme from {{ ref('contact') }} where third_theme is not null
)

select
    office,
    site,
    cast(date_trunc('month', local_date) as date) as month_start,
    theme,
    count(*) as contact_count
from theme
group by office, site, date_trunc('month', local_date), theme
