-- Types of which fewer events are here than the last checkpoint of their service counted below its offsets: they were lost.
with ranges as (
    select c.source, c.type, c.published, (part ->> 'topic') as topic, (part ->> 'partition')::int as partition,
        (part ->> 'first_offset')::bigint as first_offset, (part ->> 'next_offset')::bigint as next_offset
    from {{ ref('checkpoints') }} c, unnest(c.partitions::json[]) as _(part)
    where c.topic = (part ->> 'topic')
    qualify c.number = max(c.number) over (partition by c.source)
)
select r.source, r.type, any_value(r.published) as published, count(distinct l.id) as here
from ranges r left join read_parquet('{{ var("events") }}') l on l.topic = r.topic and l.partition = r.partition
    and l.type = r.type and l."offset" >= r.first_offset and l."offset" < r.next_offset
group by r.source, r.type
having count(distinct l.id) < any_value(r.published)
