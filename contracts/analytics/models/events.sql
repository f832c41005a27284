-- One row for each event, whatever was delivered twice. `recorded_at` is when it was recorded, not when it happened.
select id, any_value(type) as type, any_value(source) as source, any_value(time) as recorded_at, any_value(subject) as subject,
    any_value(sequence) as sequence, any_value(actor) as actor, any_value(correlation_id) as correlation_id,
    any_value(causation_id) as causation_id, any_value(topic) as topic, any_value(data) as data
from read_parquet('{{ var("events") }}')
group by id
