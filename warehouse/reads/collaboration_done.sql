-- one row per (preset, split, question) that the run $run has answered by collaboration
select
    collaboration.preset,
    collaboration.split_id,
    collaboration.question_id
from collaboration
where collaboration.run_id = $run;
