{#- Families of the faults in quality.outage, as a list for `in`:
    silence     nothing or almost nothing was counted
    untrue      what was counted was never true
    direction   one direction counted too little beside the other one
    level       the counts stay, at another level or place
    moved       of these, those that leave the sum of a day as it was -#}
{% macro faults(family) -%}
    {%- set moved = ['clock_shift', 'directions_exchanged'] -%}
    {%- set families = {
        'silence': ['no_data', 'zeros', 'frozen_index', 'trickle'],
        'untrue': ['stuck', 'duplicate_delivery'],
        'direction': ['one_direction_dead', 'one_direction_weak'],
        'level': ['half', 'doubled', 'drift', 'step'] + moved,
        'moved': moved,
    } -%}
    ('{{ families[family] | join("', '") }}')
{%- endmacro %}
