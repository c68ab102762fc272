-- The table of the quality manual, year by year: a figure where the manual names one, else what a person wrote.

with declared as (
    select *, {{ given_by() }} as given_by
    from {{ source('settings', 'quality_objective') }}
),

name as (
    {{ followed_names(source('settings', 'quality_objective'), 'objective_rank') }}
),

known as (
    select
        name.office,
        name.objective_rank,
        followed.year,
        -- Written under the code and under the label, nobody knows which one holds.
        case when count(distinct followed.followed) = 1 then max(followed.value) end as value,
        case when count(distinct followed.followed) = 1 then max(followed.value_word) else 'given_twice' end
            as value_word,
        max(followed.unit) as unit,
        max(followed.change_percent) as change_percent,
        min(case when followed.comparable then 1 else 0 end) = 1 as comparable
    from name
    inner join {{ ref('followed_year') }} as followed
        on {{ is_followed('name', 'followed') }}
    group by name.office, name.objective_rank, followed.year
),

years as (
    select distinct known.office, known.year
    from known
    inner join {{ source('settings', 'office') }} as office
        on known.office = office.office and known.year <= extract(year from office.as_of_date)
),

beside as (
    select
        declared.*,
        years.year,
        this.value,
        this.value_word,
        this.unit,
        before.value as value_before,
        before.value_word as word_before,
        two_before.value as value_two_before,
        two_before.value_word as word_two_before,
        this.comparable,
        case
            when declared.given_by = 'system' then this.change_percent
            when before.value > 0
                then cast(
                    100 * cast(this.value - before.value as decimal(28, 4)) / before.value as decimal(18, 2)
                )
        end as change_percent,
        years.year >= extract(year from office.as_of_date) as is_running
    from declared
    inner join years on declared.office = years.office
    inner join {{ source('settings', 'office') }} as office on declared.office = office.office
    left join known as this
        on
            declared.office = this.office
            and declared.objective_rank = this.objective_rank
            and years.year = this.year
    left join known as before
        on
            declared.office = before.office
            and declared.objective_rank = before.objective_rank
            and years.year - 1 = before.year
    left join known as two_before
        on
            declared.office = two_before.office
            and declared.objective_rank = two_before.objective_rank
            and years.year - 2 = two_before.year
),

judged as (
    select
        *,
        coalesce(
            target_value,
            case when value_before > 0 then cast(value_before as double) * (1 + growth_percent / 100) end
        ) as wanted
    from beside
)

select
    office,
    year,
    objective_rank,
    family,
    label,
    indicator,
    site,
    dimension,
    given_by,
    frequency,
    objective,
    target_value,
    is_at_most,
    value_two_before,
    word_two_before,
    value_before,
    word_before,
    value,
    value_word,
    unit,
    change_percent,
    case
        when value is null and coalesce(value_word, 'number') = 'number' then 'no_data'
        when value_word = 'given_twice' then 'given_twice'
        when is_running then 'running'
        when value is null or wanted is null then 'not_judged'
        when growth_percent is not null and not comparable then 'not_comparable'
        when is_at_most and cast(value as double) <= wanted then 'reached'
        when not is_at_most and cast(value as double) >= wanted then 'reached'
        else 'not_reached'
    end as status
from judged
