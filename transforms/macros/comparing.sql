{#- Comparing with the year before. -#}

{#- First day of the same period of the year before: days and weeks keep their weekday, 364 days before. -#}
{% macro start_of_previous(period) -%}
    case
        when {{ period }}.period_kind in ('day', 'week') then cast({{ period }}.period_start - interval '364' day as date)
        else cast({{ period }}.period_start - interval '1' year as date)
    end
{%- endmacro %}

{#- Half the width of the 90% interval of a ratio of sums, R = sum(y) / sum(x), over n independent blocks: the
    linearised variance n / (n - 1) * sum((y - R x)^2) / sum(x)^2 (Cochran, Sampling Techniques, 6.4), and
    Student's quantile for n - 1 degrees of freedom. `yy`, `xy` and `xx` are the sums of products. -#}
{% macro half_width_of_ratio(n, y, x, yy, xy, xx) -%}
    {{ student_95(n ~ ' - 1') }} * sqrt(
        {{ n }} / cast({{ n }} - 1 as double)
        -- What rounding leaves of a difference that is nothing may lie below it.
        * greatest({{ yy }} - 2 * {{ y }} / {{ x }} * {{ xy }} + ({{ y }} / {{ x }}) * ({{ y }} / {{ x }}) * {{ xx }}, 0)
    ) / {{ x }}
{%- endmacro %}

{#- The 95% quantile of Student's distribution, from the normal one's (Abramowitz and Stegun, 26.7.5): within 0.1%
    from 3 degrees of freedom on. -#}
{% macro student_95(freedom) -%}
    {%- set z = 1.6448536269514722 -%}
    {%- set terms = [
        (z ** 3 + z) / 4,
        (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
        (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
        (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
    ] -%}
    ({{ z }}
    {%- for term in terms %} + {{ term }} / power({{ freedom }}, {{ loop.index }}){% endfor %})
{%- endmacro %}
