-- One row for each valid answer, and one for each that does not count, with the reason.
select (data ->> 'survey') as survey, (data ->> 'metric') as metric, (data ->> 'value')::double as value, null as excluded,
    (data ->> 'answered_at')::timestamptz as answered_at, (data ->> 'customer_id')::uuid as customer_id,
    (data ->> 'touchpoint') as touchpoint, (data ->> 'agent') as agent, (data ->> 'source') as source
from {{ ref('events') }}
where type = 'satisfaction.scored.v1'
union all by name
select (data ->> 'survey') as survey, (data ->> 'reason') as excluded, (data ->> 'answered_at')::timestamptz as answered_at
from {{ ref('events') }}
where type = 'survey-response.rejected.v1'
