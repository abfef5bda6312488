-- one row per question of the system $system that flipped between the run $run and its baseline
select
    flip.question_id,
    flip.dataset,
    flip.before,
    flip.after,
    flip.response_before,
    flip.response_after
from flip
where flip.run_id = $run and flip.system = $system
order by flip.dataset, flip.question_id;
