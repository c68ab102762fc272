{#- The rounding of the tourist tax, in one place: no text of law sets one (docs of tax_declaration_line). -#}

{#- Cents, half away from zero. Eight decimals first, which absorb the noise of a division in floating point. -#}
{% macro to_cents(amount) -%}
    cast(round(cast({{ amount }} as decimal(28, 8)), 2) as decimal(18, 2))
{%- endmacro %}

{#- One additional tax on one line: a percentage of its rounded base. -#}
{% macro tax_share(base_eur, rate_pct) -%}
    {{ to_cents('cast(' ~ base_eur ~ ' as decimal(28, 2)) * ' ~ rate_pct ~ ' * 0.01') }}
{%- endmacro %}

{#- Statistical secrecy of a group of which each row is one contributor: those whose amount is not 0 are 3 at least,
    none of whom makes up more than 85% (vars of dbt_project.yml; transforms/secrecy.py judges by the same). -#}
{% macro is_safe_cell(amount) -%}
    (
        count(case when {{ amount }} <> 0 then 1 end) >= {{ var('fewest_hosts') }}
        and max(abs({{ amount }})) <= {{ var('largest_share') }} * sum(abs({{ amount }}))
    )
{%- endmacro %}
