-- one row per (system, split, question) of the newest routing of the run $run: whose answer stood at the own point
select
    system,
    split_id,
    question_id,
    model
from stg_routed
where run_id = $run and point = ''
order by position, split_id, question_id;
