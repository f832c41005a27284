-- The facts of complaints, with the state that each leaves: `state` of its type names it, or in braces the field that does.
select e.subject as complaint_id, e.sequence, e.type, e.recorded_at, e.data,
    case when e.type like 'clock.%' then null when starts_with(t.state, '{') then e.data ->> trim(t.state, '{}') else t.state end as state
from {{ ref('events') }} e join {{ ref('event_types') }} t on t.type = e.type
where t.key = 'complaint_id'
