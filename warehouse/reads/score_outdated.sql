-- one row: how many verdicts on $datasets rest on another truth, metadata or scorer's options than there are now
select count(*) as n
from score
inner join response on score.response_id = response.response_id
inner join question on response.question_id = question.question_id
inner join stg_basis on question.question_id = stg_basis.question_id
where
    score.basis <> stg_basis.basis
    and question.dataset in (select unnest($datasets));
