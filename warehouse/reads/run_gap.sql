-- one row per thing that the evaluation of the run $run at $at was asked for and does not show
select gap.*
from gap
where gap.run_id = $run and gap.created_at = $at
order by gap.kind, gap.name;
