with dictionary as (
    select * from {{ ref('indicator_dictionary') }} where kind <> 'component'
),

objectives as (
    select
        objective.indicator,
        max(objective.objective_value) as objective
    from {{ source('settings', 'objective') }} as objective
    inner join {{ source('settings', 'office') }} as office
        on objective.office = office.office and objective.year = extract(year from office.as_of_date)
    where objective.site = 'all'
    group by objective.indicator
)

select
    dictionary.indicator,
    dictionary.label_fr,
    dictionary.label_en,
    dictionary.unit,
    dictionary.decimals,
    dictionary.section,
    dictionary.definition_fr,
    dictionary.definition_en,
    dictionary.source_system,
    dictionary.scheme_actions,
    dictionary.quality_family,
    objectives.objective,
    dictionary.model,
    dictionary.kind,
    dictionary.of_indicator,
    dictionary.by_indicator,
    dictionary.largest,
    dictionary.wholes,
    dictionary.comparison,
    dictionary.is_estimated,
    dictionary.is_about_observation,
    dictionary.not_comparable_fr,
    dictionary.not_comparable_en
from dictionary
left join objectives on dictionary.indicator = objectives.indicator
