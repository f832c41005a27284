{% macro overlap(opens, closes, begins, ends) -%}
greatest(0, epoch(least({{ closes }}, {{ ends }})) - epoch(greatest({{ opens }}, {{ begins }})))
{%- endmacro %}

{% macro in_time(group, moment) -%}
{%- set patterns = {'day': '%Y-%m-%d', 'week': '%G-W%V', 'month': '%Y-%m', 'year': '%Y'} -%}
strftime(timezone('{{ var("tz") }}', {{ moment }}), '{{ patterns[group] }}')
{%- endmacro %}

{# Value, n and the 95 % interval of Wilson, in percent. #}
{% macro share(definition, hits, n, part='null') -%}
select '{{ definition }}' as definition, {{ part }} as part, grp as key, 100.0 * {{ hits }} / nullif({{ n }}, 0) as value, {{ n }} as n,
    100 * ({{ hits }} + 1.9207294103470977) / ({{ n }} + 3.8414588206941954)
        - 100 * 1.959963984540054 * sqrt({{ hits }} * ({{ n }} - {{ hits }}) / nullif({{ n }}, 0)::double + 0.9603647051735489)
        / ({{ n }} + 3.8414588206941954) as low,
    100 * ({{ hits }} + 1.9207294103470977) / ({{ n }} + 3.8414588206941954)
        + 100 * 1.959963984540054 * sqrt({{ hits }} * ({{ n }} - {{ hits }}) / nullif({{ n }}, 0)::double + 0.9603647051735489)
        / ({{ n }} + 3.8414588206941954) as high
{%- endmacro %}

{% macro plain(definition, value, n, part='null') -%}
select '{{ definition }}' as definition, {{ part }} as part, grp as key, ({{ value }})::double as value, ({{ n }})::bigint as n,
    null::double as low, null::double as high
{%- endmacro %}
