-- The figures of complaints, all together and by group. A complaint counts in the period of its receipt.
{% set groups = {'': "''", 'month': in_time('month', 'received_at'), 'week': in_time('week', 'received_at'), 'status': 'state',
    'channel': 'channel', 'category': 'category', 'source_category': 'source_category', 'cause': 'cause', 'product': 'product',
    'severity': 'severity', 'touchpoint': 'touchpoint', 'unit': 'unit', 'handler': 'handler', 'source': 'source'} %}
{% set as_of = "now()" if var('as_of') == 'now' else "'" ~ var('as_of') ~ "'::timestamptz" %}
{% for group, key in groups.items() %}
{% if not loop.first %}union all{% endif %}
select '{{ group }}' as group_by, * from (
    with picked as (
        select *, {{ key }} as grp from {{ ref('complaints') }}
    ),
    counted as (
        select grp, count(*) as total, count(*) filter (where is_open) as open, count(*) filter (where state = 'duplicate') as duplicates,
            count(*) filter (where state = 'closed') as closed, count(*) filter (where state = 'withdrawn') as withdrawn,
            count(*) filter (where is_untargeted and is_open) as untargeted,
            count(*) filter (where is_unknown_category) as unknown,
            count(*) filter (where is_recurrence and state <> 'duplicate') as recurring,
            count(*) filter (where has_proposal and not is_rejected and not is_given_up) as upheld,
            count(*) filter (where is_rejected and not is_given_up) as not_upheld
        from picked group by grp
    ),
    times as (
        select grp, 'age' as move, epoch({{ as_of }} - received_at) as seconds from picked where is_open
        union all select p.grp, 'time-to-' || t.move, t.seconds from picked p join {{ ref('complaint_times') }} t using (complaint_id)
        union all select p.grp, 'business-time-to-' || t.move, t.business_seconds
        from picked p join {{ ref('complaint_times') }} t using (complaint_id) where t.business_seconds is not null
    ),
    limits as (
        select p.grp, k.kind, count(*) filter (where k.in_time) as met,
            count(*) filter (where not coalesce(k.in_time, not k.is_breached)) as late
        from picked p join {{ ref('clocks') }} k on k.complaint_id = p.complaint_id and k.policy = p.policy
        where k.kind in ('acknowledgement', 'resolution') group by all
    )
    {{ plain('complaints.total', 'total', 'total') }} from counted
    union all {{ plain('complaints.open', 'open', 'open') }} from counted
    {% if group == '' %}
    union all {{ plain('complaints.closed', 'closed', 'closed') }} from counted
    union all {{ plain('complaints.withdrawn', 'withdrawn', 'withdrawn') }} from counted
    union all {{ plain('complaints.without-target', 'untargeted', 'untargeted') }} from counted
    union all {{ plain('complaints.unknown-category', 'unknown', 'unknown') }} from counted
    {% for name, column in {'status': 'state', 'channel': 'channel', 'category': 'category', 'source-category': 'source_category', 'cause': 'cause'}.items() %}
    union all {{ plain('complaints.by-' ~ name, 'count(*)', 'count(*)', column) }} from picked where {{ column }} is not null group by grp, {{ column }}
    {% endfor %}
    {% endif %}
    {% for which, share_of in {'p50': 0.5, 'p90': 0.9, 'p95': 0.95}.items() %}
    union all select 'complaints.' || move || '-{{ which }}', null, grp, quantile_cont(seconds, {{ share_of }}), count(*), null, null
    from times group by grp, move
    {% endfor %}
    {% for kind in ['acknowledgement', 'resolution'] %}
    union all {{ share('complaints.' ~ kind ~ '-within-limit', 'met', '(met + late)') }} from limits where kind = '{{ kind }}'
    {% endfor %}
    union all {{ share('complaints.upheld-rate', 'upheld', '(upheld + not_upheld)') }} from counted
    union all {{ share('complaints.recurring-rate', 'recurring', '(total - duplicates)') }} from counted
)
{% endfor %}
union all
select '' as group_by, * from (
    with met as (
        select c.interaction_id, coalesce(p.person_id, c.customer_id) as person from {{ ref('contacts') }} c
        left join {{ ref('persons') }} p using (customer_id) where c.is_over -- Complaints hears of them then
    ),
    complained as (
        select c.interaction_id, coalesce(p.person_id, c.customer_id) as person from {{ ref('complaints') }} c
        left join {{ ref('persons') }} p using (customer_id) where c.state <> 'duplicate'
    ),
    counted as (
        select '' as grp, count(*) as contacts, count(distinct person) as customers,
            count(*) filter (where interaction_id in (select interaction_id from complained)) as complained,
            count(distinct person) filter (where person in (select person from complained)) as complaining
        from met
    )
    {{ share('complaints.contact-rate', 'complained', 'contacts') }} from counted
    union all {{ share('complaints.customer-rate', 'complaining', 'customers') }} from counted
)
