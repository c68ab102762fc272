{{ config(schema='staging', materialized='view') }}
-- Responses by channel, and answers by item, at the site where they were given and in all.

with answer as (
    select
        office,
        site,
        answered_on as local_date,
        channel,
        item,
        is_satisfied
    from {{ raw('survey_answers') }}
),

placed as (
    select * from answer where site is not null
    union all
    select office, 'all' as site, local_date, channel, item, is_satisfied from answer
),

answered as (
    select
        office,
        site,
        local_date,
        item,
        count(*) as answers,
        sum(case when is_satisfied then 1 else 0 end) as satisfied
    from placed
    where is_satisfied is not null
    group by office, site, local_date, item
)

select {{ observation("'survey_responses'", 'count(*)', dimension='channel') }}
from placed
where item = 'response'
group by office, site, local_date, channel
union all
select {{ observation("'survey_answers'", 'answers', dimension='item') }}
from answered
union all
select {{ observation("'survey_answers_satisfied'", 'satisfied', dimension='item') }}
from answered
