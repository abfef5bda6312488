-- one row per (question, model) that was asked anew, or in another way: only the answers of the last time count
create or replace view stg_newest as
select
    response.question_id,
    response.model,
    max(response.refresh) as refresh
from response
where response.purpose = 'answer' and response.refresh > 0
group by response.question_id, response.model;
