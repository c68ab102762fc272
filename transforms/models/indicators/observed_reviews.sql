{{ config(schema='staging', materialized='view') }}
-- Reviews by the day on which they were written, and what their mean is made of.
with day as (
    select
        office,
        site,
        local_date,
        count(*) as written,
        count(rating) as rated,
        coalesce(sum(rating), 0) as stars,
        count(case when rating >= 4 then 1 end) as high
    from {{ ref('review') }}
    group by office, site, local_date
)

select {{ observation("'reviews'", 'written') }} from day
union all
select {{ observation("'rated_reviews'", 'rated') }} from day
union all
select {{ observation("'review_stars'", 'stars') }} from day
union all
select {{ observation("'high_reviews'", 'high') }} from day
