-- one row per answer of a model to a question that counts: all its samples, or those of the last time it was asked anew
create or replace view stg_current as
select stg_answer.*
from stg_answer
left join stg_newest
    on stg_answer.question_id = stg_newest.question_id and stg_answer.model = stg_newest.model
where stg_answer.refresh = coalesce(stg_newest.refresh, stg_answer.refresh);
