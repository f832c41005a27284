-- One row for each clock: what it measures, under which policy and calendar, and whether the limit was kept.
with pauses as (
    select (data ->> 'clock_id')::uuid as clock_id, type, sequence,
        coalesce((data ->> 'paused_at'), (data ->> 'resumed_at'))::timestamptz as moment
    from {{ ref('complaint_events') }}
    where type in ('clock.paused.v1', 'clock.resumed.v1')
),
spans as (
    select clock_id, type, moment as begins, lead(moment) over (partition by clock_id order by sequence) as ends from pauses
),
paused as (
    select clock_id, list({'begins': begins, 'ends': coalesce(ends, 'infinity'::timestamptz)}) as pauses
    from spans where type = 'clock.paused.v1' group by clock_id
),
told as (
    select (data ->> 'clock_id')::uuid as clock_id, any_value(complaint_id) as complaint_id,
        min(sequence) filter (where type = 'clock.started.v1') as sequence, any_value(data ->> 'kind') as kind,
        any_value(data ->> 'policy') filter (where type = 'clock.started.v1') as policy,
        max_by((data ->> 'policy_version')::int, sequence) filter (where type = 'clock.started.v1') as policy_version,
        min((data ->> 'started_at')::timestamptz) filter (where type = 'clock.started.v1') as started_at,
        bool_or((data ->> 'in_time')::boolean) filter (where type = 'clock.met.v1') as in_time,
        bool_or(type = 'clock.breached.v1') as is_breached
    from {{ ref('complaint_events') }}
    where type like 'clock.%'
    group by 1
),
episodes as (
    select complaint_id, sequence from {{ ref('complaint_events') }} where type = 'complaint.reopened.v1'
)
select t.*, coalesce(p.pauses, []) as pauses, (policy.data ->> 'calendar') as calendar, (policy.data ->> 'track') as track,
    1 + (select count(*) from episodes e where e.complaint_id = t.complaint_id and e.sequence < t.sequence) as episode
from told t left join paused p using (clock_id)
left join {{ ref('events') }} policy on policy.type = 'sla-policy.published.v1' and (policy.data ->> 'code') = t.policy
    and (policy.data ->> 'version')::int = t.policy_version
