-- one row per question of the run $run with options: how many it offers
select
    question.question_id,
    case json_type(question.metadata, '$.options')
        when 'ARRAY' then json_array_length(question.metadata, '$.options')
        when 'OBJECT' then len(json_keys(question.metadata, '$.options'))
    end::double as n
from question
where
    json_type(question.metadata, '$.options') in ('ARRAY', 'OBJECT')
    and question.question_id in (select outcome.question_id from outcome where outcome.run_id = $run);
