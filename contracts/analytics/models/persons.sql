-- Whom an id stands for today: along merges that were not taken back. An id that is not here stands for itself.
with recursive merges as (
    select (data ->> 'absorbed_id')::uuid as customer_id, max_by((data ->> 'customer_id')::uuid, recorded_at) as survivor
    from {{ ref('events') }} m
    where type = 'customer.merged.v1' and not exists (
        select 1 from {{ ref('events') }} s
        where s.type = 'customer.split.v1' and (s.data ->> 'merge_id') = (m.data ->> 'merge_id')
    )
    group by 1
),
led as (
    select customer_id, survivor as person_id, 1 as steps from merges
    union all
    select l.customer_id, m.survivor, l.steps + 1 from led l join merges m on m.customer_id = l.person_id where l.steps < 100
)
select customer_id, max_by(person_id, steps) as person_id from led group by customer_id
