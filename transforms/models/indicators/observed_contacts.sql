{{ config(schema='staging', materialized='view') }}
-- Parties and persons welcomed face to face, what they asked for, by local day of the desk.

with contact as (
    select *
    from {{ ref('contact') }}
    where is_face_to_face
),

persons as (
    select office, site, local_date, '' as dimension, persons_count from contact
    union all
    select office, site, local_date, 'foreign', persons_count
    from contact
    where country_code not in ('FR', 'unknown')
),

-- Each party once in each of these.
part as (
    select office, site, local_date, 'contacts' as indicator, '' as dimension from contact
    union all
    select office, site, local_date, 'contacts_by_profile', profile from contact
    union all
    select office, site, local_date, 'contacts_by_party', party from contact
    union all
    select office, site, local_date, 'contacts_by_hour', cast(local_hour as varchar)
    from contact
    where local_hour is not null
    union all
    select office, site, local_date, 'contacts_by_origin',
        case when country_code in ('FR', 'unknown') then country_code else 'foreign' end
    from contact
    union all
    select office, site, local_date, 'contacts_by_department', department_code
    from contact
    where department_code is not null
    union all
    select office, site, local_date, 'contacts_by_country', country_code
    from contact
    where country_code not in ('FR', 'unknown')
)

select {{ observation("'visitors_welcomed'", 'sum(persons_count)', site="'all'") }}
from contact
group by office, local_date
having count(persons_count) > 0
union all
select {{ observation("'welcome_days'", '1') }}
from (select distinct office, site, local_date from contact) as welcomed
union all
select {{ observation("'desk_requests'", 'sum(request_count)') }}
from contact
group by office, site, local_date
having sum(request_count) > 0
union all
select
    {{ observation(
        "'contact_persons'", 'sum(persons_count)', dimension='dimension',
        warning="case when count(persons_count) < count(*) then 'persons_not_noted' end"
    ) }}
from persons
group by office, site, local_date, dimension
having count(persons_count) > 0
union all
select {{ observation('indicator', 'count(*)', dimension='dimension') }}
from part
group by office, site, local_date, indicator, dimension
