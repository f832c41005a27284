-- What each service says that it had published, and up to where: one row for each checkpoint and type.
select source, (data ->> 'checkpoint_number')::bigint as number, (data ->> 'complete_until')::timestamptz as complete_until,
    (data ->> 'withheld')::bigint as withheld, (counted ->> 'topic') as topic, (counted ->> 'type') as type,
    (counted ->> 'count')::bigint as published, (data -> 'partitions') as partitions
from {{ ref('events') }}, unnest((data -> 'types')::json[]) as _(counted)
where type like '%-checkpoint.recorded.v1'
