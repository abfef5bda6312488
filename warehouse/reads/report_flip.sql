-- one row per question whose outcome changed for the system $system in the run $run, lost before gained, at most $most
select
    flip.dataset,
    question.text as question,
    question.ground_truth,
    flip.before,
    flip.after,
    (
        select any_value(response.text)
        from response
        where response.response_id = flip.response_before
    ) as answer_before,
    (
        select any_value(response.text)
        from response
        where response.response_id = flip.response_after
    ) as answer_after,
    count(*) filter (where flip.after < flip.before) over () as n_lost,
    count(*) filter (where flip.after > flip.before) over () as n_gained
from flip
inner join question on flip.question_id = question.question_id
where flip.run_id = $run and flip.system = $system
order by flip.after - flip.before, flip.question_id
limit $most;
