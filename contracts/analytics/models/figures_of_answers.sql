-- Scores by survey, never of several together. An answer counts in the period in which it was given.
{% set groups = {'': "''", 'day': in_time('day', 'answered_at'), 'month': in_time('month', 'answered_at'), 'touchpoint': 'touchpoint',
    'agent': 'agent', 'source': 'source'} %}
{% for group, key in groups.items() %}
{% if not loop.first %}union all{% endif %}
select '{{ group }}' as group_by, * from (
    with counted as (
        select survey as part, any_value(metric) as metric, {{ key }} as grp, count(*) as n,
            count(*) filter (where value >= 9) as promoters, count(*) filter (where value <= 6) as detractors,
            count(*) filter (where value >= 4) as top, count(*) filter (where value >= 5) as easy, avg(value) as mean,
            var_samp(value) as variance
        from {{ ref('answers') }} where excluded is null group by survey, 3
    ),
    -- From 30 answers on Wald; below it adjusted Wald: three pseudo-answers more, of which 3/4 each promote and detract.
    nps as (
        select *, 100 * (promoters - detractors) / (case when n >= 30 then n else n + 3 end)::double as centre,
            case when n >= 30 then promoters / n::double else (promoters + 0.75) / (n + 3) end as p,
            case when n >= 30 then detractors / n::double else (detractors + 0.75) / (n + 3) end as d,
            case when n >= 30 then n else n + 3 end as size
        from counted where metric = 'nps'
    )
    select 'satisfaction.nps' as definition, part, grp as key, 100 * (promoters - detractors) / n::double as value, n,
        greatest(-100, centre - 195.9963984540054 * sqrt((p + d - (p - d) ** 2) / size)) as low,
        least(100, centre + 195.9963984540054 * sqrt((p + d - (p - d) ** 2) / size)) as high
    from nps
    union all {{ share('satisfaction.csat', 'top', 'n', 'part') }} from counted where metric = 'csat'
    union all select 'satisfaction.ces', part, grp, mean, n, greatest(1, mean - 1.959963984540054 * sqrt(variance / n)),
        least(7, mean + 1.959963984540054 * sqrt(variance / n)) from counted where metric = 'ces'
    union all {{ share('satisfaction.ces-share', 'easy', 'n', 'part') }} from counted where metric = 'ces'
)
{% endfor %}
