-- One row for each contact, by the rule of truth: the summary of the last of its completed, amended and timed-out events. One
-- without any is open: what is known of it comes from the live signals.
with told as (
    select subject as interaction_id,
        max_by((data -> 'summary'), sequence) filter (where (data -> 'summary') is not null) as summary,
        max_by(data, sequence) filter (where type = 'interaction.started.v1') as begun,
        max_by((data ->> 'queue'), sequence) filter (where type in ('interaction.queued.v1', 'interaction.connected.v1')) as queue,
        list(json_object('agent', (data ->> 'agent')) order by sequence) filter (where type = 'interaction.connected.v1') as agents,
        max_by((data ->> 'customer_id')::uuid, sequence) filter (where type = 'interaction.linked.v1') as linked_to
    from {{ ref('events') }}
    where type like 'interaction.%'
    group by subject
)
select interaction_id, summary is not null as is_over, true as is_first,
    coalesce(linked_to, (summary ->> 'customer_id')::uuid) as customer_id,
    coalesce((summary ->> 'started_at')::timestamptz, (begun ->> 'started_at')::timestamptz) as started_at,
    coalesce((summary ->> 'channel'), (begun ->> 'channel')) as channel,
    coalesce((summary ->> 'source'), (begun ->> 'source')) as source,
    coalesce((summary ->> 'contact_type'), (begun ->> 'contact_type')) as type,
    coalesce((summary ->> 'touchpoint'), (begun ->> 'touchpoint')) as touchpoint,
    case when summary is null then queue else (summary ->> 'queue') end as queue, (summary ->> 'outcome') as outcome,
    (summary ->> 'wait_seconds')::double as wait_seconds, (summary -> 'durations' ->> 'service')::double as seconds,
    case when summary is null then agents else (summary -> 'handlers')::json[] end as handlers,
    coalesce(list_bool_or(list_transform((summary -> 'flags')::varchar[], lambda f: f like 'negative-%')), false) as is_negative
from told
