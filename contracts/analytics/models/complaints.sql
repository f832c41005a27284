-- One row for each complaint as it stands now.
with folded as (
    select complaint_id,
        max_by(data, sequence) filter (where type in ('complaint.received.v1', 'complaint.imported.v1')) as begun,
        max_by(state, sequence) filter (where state is not null) as state,
        max_by((data ->> 'category'), sequence)
            filter (where type in ('complaint.received.v1', 'complaint.imported.v1', 'complaint.assessed.v1')) as category,
        max_by((data ->> 'category_version')::int, sequence)
            filter (where type in ('complaint.received.v1', 'complaint.imported.v1', 'complaint.assessed.v1')) as category_version,
        max_by((data ->> 'severity'), sequence) filter (where type = 'complaint.assessed.v1') as severity,
        -- What a reopened complaint was found to be, and decided, counts no more.
        arg_max_null(case when type = 'root-cause.identified.v1' then (data ->> 'cause') end, sequence)
            filter (where type in ('root-cause.identified.v1', 'complaint.reopened.v1')) as cause,
        coalesce(max_by(type = 'complaint.rejected.v1', sequence)
            filter (where type in ('complaint.rejected.v1', 'appeal.upheld.v1', 'complaint.reopened.v1')), false) as is_rejected,
        count(*) filter (where type = 'resolution.proposed.v1') > 0 as has_proposal,
        arg_max_null(case when type <> 'complaint.released.v1' then (data ->> 'assignee') end, sequence) filter (where type in
            ('complaint.imported.v1', 'complaint.assigned.v1', 'complaint.claimed.v1', 'complaint.released.v1')) as handler,
        max_by((data ->> 'customer_id')::uuid, sequence) filter (where (data ->> 'customer_id') is not null) as customer_id,
        bool_or(type = 'complaint.recurred.v1') as is_recurrence,
        -- No policy matched, and none does since: no clock began afterwards.
        coalesce(max(sequence) filter (where type = 'complaint.untargeted.v1')
            > coalesce(max(sequence) filter (where type = 'clock.started.v1'), 0), false) as is_untargeted,
        min((data ->> 'acknowledged_at')::timestamptz) filter (where type = 'complaint.acknowledged.v1') as acknowledged_at,
        min((data ->> 'given_at')::timestamptz) filter (where type = 'feedback.given.v1') as answered_at,
        min((data ->> 'closed_at')::timestamptz) filter (where type = 'complaint.closed.v1') as closed_at
    from {{ ref('complaint_events') }}
    group by complaint_id
),
-- It is pinned to the policy of the first clock of its present episode.
begins as (
    select complaint_id, max(sequence) as sequence from {{ ref('complaint_events') }}
    where type in ('complaint.received.v1', 'complaint.reopened.v1') group by complaint_id
),
pinned as (
    select e.complaint_id, min_by((e.data ->> 'policy'), e.sequence) as policy
    from {{ ref('complaint_events') }} e join begins b on b.complaint_id = e.complaint_id and e.sequence > b.sequence
    where e.type = 'clock.started.v1' group by e.complaint_id
)
select f.* exclude (begun, closed_at, severity, category_version), (begun ->> 'number') as number, (begun ->> 'channel') as channel,
    (begun ->> 'product') as product, coalesce(f.severity, (begun ->> 'severity')) as severity, (begun ->> 'touchpoint') as touchpoint,
    (begun ->> 'subject_unit') as unit, (begun ->> 'source') as source, (begun ->> 'source_category') as source_category,
    (begun ->> 'interaction_id')::uuid as interaction_id, (begun ->> 'received_at')::timestamptz as received_at,
    coalesce(f.closed_at, (begun ->> 'closed_at')::timestamptz) as closed_at, (begun ->> 'state') is not null as is_imported,
    f.state not in ('closed', 'withdrawn', 'duplicate', 'transferred') as is_open,
    f.state in ('withdrawn', 'duplicate', 'transferred') as is_given_up, pinned.policy,
    not coalesce(list_contains(list_transform(list_filter((taxonomy.data -> 'nodes')::json[], lambda n: (n ->> 'active')::boolean),
        lambda n: (n ->> 'code')), f.category), false) as is_unknown_category
from folded f
left join {{ ref('events') }} taxonomy on taxonomy.type = 'taxonomy.published.v1' and (taxonomy.data ->> 'code') = 'categories'
    and (taxonomy.data ->> 'version')::int = f.category_version
left join pinned using (complaint_id)
