-- The figures of contacts, all together and by group. A contact counts in the period in which it started.
{% set groups = {'': "''", 'day': in_time('day', 'started_at'), 'month': in_time('month', 'started_at'), 'queue': 'queue',
    'type': 'type', 'channel': 'channel', 'touchpoint': 'touchpoint', 'source': 'source', 'agent': 'agent'} %}
{% for group, key in groups.items() %}
{% if not loop.first %}union all{% endif %}
select '{{ group }}' as group_by, * from (
    with counted as (
        select {{ key }} as grp, count(*) filter (where is_first) as contacts,
            count(*) filter (where is_first and is_over and outcome = 'answered') as answered,
            count(*) filter (where is_first and is_over and outcome = 'abandoned') as abandoned,
            count(*) filter (where is_first and is_over and outcome = 'phantom') as phantom,
            count(*) filter (where is_first and is_negative) as negative,
            count(*) filter (where is_first and is_over and outcome = 'answered' and wait_seconds <= {{ var('threshold') }}) as within,
            count(*) filter (where is_over and outcome = 'answered') as handled,
            sum(wait_seconds) filter (where is_first and is_over and outcome = 'answered') as waited,
            sum(seconds) filter (where is_over and outcome = 'answered') as served
        from {{ ref('handlings') if group == 'agent' else ref('contacts') }}
        group by 1
    )
    {{ plain('interactions.offered', 'answered + abandoned', 'contacts') }} from counted
    union all {{ plain('interactions.answered', 'answered', 'contacts') }} from counted
    union all {{ plain('interactions.abandoned', 'abandoned', 'contacts') }} from counted
    union all {{ plain('interactions.phantom', 'phantom', 'contacts') }} from counted
    union all {{ plain('interactions.handled', 'handled', 'contacts') }} from counted
    union all {{ plain('interactions.negative-durations', 'negative', 'contacts') }} from counted
    union all {{ plain('interactions.average-speed-of-answer', 'waited / nullif(answered, 0)', 'answered') }} from counted
    union all {{ share('interactions.abandon-rate', 'abandoned', '(answered + abandoned)') }} from counted
    union all {{ share('interactions.service-level', 'within', '(answered + abandoned)') }} from counted
    union all {{ plain('interactions.average-service-time', 'served / nullif(handled, 0)', 'handled') }} from counted
)
{% endfor %}
