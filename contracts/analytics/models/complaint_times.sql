-- How long what happened first took from the receipt, in calendar and in business seconds: one row for each complaint and move.
with reached as (
    unpivot (select complaint_id, received_at, acknowledged_at as acknowledge, answered_at as answer, closed_at as close
        from {{ ref('complaints') }})
    on acknowledge, answer, close into name move value until
),
-- The clocks of the first episode that a move is measured with say the calendar: the first of them, and its policy's others.
measuring as (
    select complaint_id, kind, min_by(policy, sequence) as policy, min_by(calendar, sequence) as calendar
    from {{ ref('clocks') }} where episode = 1 and kind in ('acknowledgement', 'resolution') group by all
),
noted as (
    select complaint_id, case type when 'complaint.acknowledged.v1' then 'acknowledge' when 'feedback.given.v1' then 'answer'
        else 'close' end as move, min(recorded_at) as recorded_at
    from {{ ref('complaint_events') }}
    where type in ('complaint.acknowledged.v1', 'feedback.given.v1', 'complaint.closed.v1') group by all
),
spans as (
    select r.complaint_id, r.move, r.received_at, r.until, m.calendar, m.policy, m.kind, (
        select max((e.data ->> 'version')::int) from {{ ref('events') }} e
        where e.type = 'calendar.published.v1' and (e.data ->> 'code') = m.calendar
            and (e.data ->> 'published_at')::timestamptz <= n.recorded_at
    ) as upto
    from reached r left join noted n using (complaint_id, move)
    left join measuring m on m.complaint_id = r.complaint_id
        and m.kind = case r.move when 'acknowledge' then 'acknowledgement' else 'resolution' end
),
counted as (
    select s.complaint_id, s.move, sum({{ overlap('h.opens', 'h.closes', 's.received_at', 's.until') }}) as open_seconds
    from spans s join {{ ref('calendar_hours') }} h on h.code = s.calendar and h.upto = s.upto
        and h.closes > s.received_at and h.opens < s.until
    group by all
),
paused as (
    select s.complaint_id, s.move, sum({{ overlap('greatest(h.opens, p.begins)', 'least(h.closes, p.ends)', 's.received_at', 's.until') }}) as seconds
    from spans s join {{ ref('clocks') }} c on c.complaint_id = s.complaint_id and c.kind = s.kind and c.policy = s.policy
        and c.episode = 1, unnest(c.pauses) as _(p), {{ ref('calendar_hours') }} h
    where h.code = s.calendar and h.upto = s.upto and h.closes > p.begins and h.opens < p.ends
    group by all
)
select s.complaint_id, s.move, epoch(s.until - s.received_at) as seconds,
    case when s.calendar is not null then coalesce(c.open_seconds, 0) - coalesce(p.seconds, 0) end as business_seconds
from spans s left join counted c using (complaint_id, move) left join paused p using (complaint_id, move)
