-- Every figure of the APIs by its definition: `part` is the survey, or the status, channel or category that is counted; `group_by`
-- is empty for all together, `key` then too. Below the least n of the definition there is no value.
select f.definition, d.version, f.group_by, f.key, f.part, case when f.n >= d.least then round(f.value, 2) end as value, f.n,
    case when f.n >= d.least then round(f.low, 2) end as low, case when f.n >= d.least then round(f.high, 2) end as high
from (
    select * from {{ ref('figures_of_calls') }}
    union all select * from {{ ref('figures_of_answers') }}
    union all select * from {{ ref('figures_of_complaints') }}
) f left join {{ ref('figure_definitions') }} d on d.key = f.definition
