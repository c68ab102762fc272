-- Passages by local day; by hour they are in counted_series.
select
    office,
    site,
    local_date,
    direction,
    opening,
    count(*) as passage_count
from {{ ref('motorhome_passage') }}
group by office, site, local_date, direction, opening
