-- one row per landed call that is new, or tells what became of one of which nobody knew
select landed.*
from landed
left join call as known on landed.call_id = known.call_id
where
    known.call_id is null
    or (known.error_kind = 'unknown' and landed.error_kind is distinct from 'unknown');
