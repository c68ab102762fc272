{{ config(schema='staging', materialized='view') }}
-- Which other series are read when a series is judged: `inside` counts at the same site, and so tells that it was open; of `nearby`
-- ones, which are declared or stand at a site that never closes, only the level moves alike.

with subjects as (
    select distinct office, subject, site
    from {{ ref('counted_series') }}
)

select
    this.office,
    this.subject,
    other.subject as partner,
    case when site.is_always_open then 'nearby' else 'inside' end as relation
from subjects as this
inner join subjects as other on this.office = other.office and this.site = other.site
inner join {{ source('settings', 'site') }} as site on this.office = site.office and this.site = site.site
where this.subject <> other.subject
union all
select
    declared.office,
    this.subject,
    other.subject,
    'nearby'
from {{ source('settings', 'counter_partner') }} as declared
inner join subjects as this
    on declared.office = this.office and this.subject = concat('counter:', declared.counter)
inner join subjects as other
    on declared.office = other.office and other.subject = concat('counter:', declared.partner)
where this.site <> other.site
