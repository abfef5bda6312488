-- one row: how many fixed verdicts on $datasets rest on another truth, metadata or scorer's options than there are now
select count(*) as n
from score
inner join response on score.response_id = response.response_id
inner join question on response.question_id = question.question_id
inner join stg_basis on question.question_id = stg_basis.question_id
where
    score.mode = 'fixed'
    and score.basis <> stg_basis.basis
    and question.dataset in (select unnest($datasets));
