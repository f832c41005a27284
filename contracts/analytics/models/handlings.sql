-- One row for each agent of a contact, with their own seconds; one without agents has one row. The first who answered stands for
-- the contact, where contacts are counted.
select c.* replace (coalesce(place, 1) = 1 as is_first, coalesce((h ->> 'service_seconds')::double, c.seconds) as seconds),
    (h ->> 'agent') as agent
from {{ ref('contacts') }} c left join lateral (
    select unnest(c.handlers) as h, generate_subscripts(c.handlers, 1) as place
) on true
