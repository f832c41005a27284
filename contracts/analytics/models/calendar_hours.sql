-- When a calendar works, as spans of instants, with the versions up to `upto`: the rule in docs/analyst.md, "Names and hours".
-- Only of the days for which a complaint needs them.
with versions as (
    select (data ->> 'code') as code, (data ->> 'version')::int as version, (data ->> 'zone') as zone, data,
        (timezone((data ->> 'zone'), (data ->> 'effective_from')::timestamptz))::date as since
    from {{ ref('events') }} where type = 'calendar.published.v1'
),
wanted as (
    select upto.code, upto.version as upto, upto.zone, day::date as day
    from versions upto, (
        select min(received_at)::date - 2 as first, greatest(max(received_at), max(answered_at), max(closed_at))::date + 2 as last
        from {{ ref('complaints') }} where not is_imported
    ) as range, generate_series(range.first, range.last, interval 1 day) as _(day)
),
chosen as (
    select w.*, coalesce(
        max_by(v.data, v.version) filter (where v.since <= w.day), min_by(v.data, v.version)
    ) as data
    from wanted w join versions v on v.code = w.code and v.version <= w.upto
    group by all
),
hours as (
    select c.code, c.upto, c.zone, c.day, (h ->> 'opens') as opens, (h ->> 'closes') as closes
    from chosen c, lateral (
        select list_filter((c.data -> 'week')::json[], lambda h: (h ->> 'weekday') = lower(strftime(c.day, '%a'))) as ordinary,
            list_filter(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
                lambda d: list_contains(list_transform((c.data -> 'week')::json[], lambda h: (h ->> 'weekday')), d))[1] as first_day,
            list_contains(list_transform((c.data -> 'make_up_days')::json[], lambda d: (d ->> 'day')::date), c.day) as is_make_up,
            list_contains(list_transform((c.data -> 'holidays')::json[], lambda d: (d ->> 'day')::date), c.day) as is_holiday
    ) as d, unnest(case
        when d.is_make_up and len((c.data -> 'make_up_hours')::json[]) > 0 then (c.data -> 'make_up_hours')::json[]
        when d.is_make_up then list_filter((c.data -> 'week')::json[], lambda h: (h ->> 'weekday') = d.first_day)
        when d.is_holiday then []::json[]
        else d.ordinary end) as _(h)
)
select code, upto, timezone(zone, day + opens::time) as opens,
    timezone(zone, (case when closes <= opens then day + 1 else day end) + closes::time) as closes
from hours
