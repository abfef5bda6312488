-- one row per landed call that is new, or tells what became of one of which nobody knew, and keeps why nobody did
with whole as (
    select * from call where false
    union all by name
    select * from landed
)

select whole.* replace (coalesce(whole.error_message, known.error_message) as error_message)
from whole
left join call as known on whole.call_id = known.call_id
where
    known.call_id is null
    or (known.error_kind = 'unknown' and whole.error_kind is distinct from 'unknown');
