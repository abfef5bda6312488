-- one row: how many imported answers the run $run_id left since $since, for it may ingest more than once
select count(*) as n_answer
from response
where
    response.run_id = $run_id and response.source = 'imported' and response.purpose = 'answer'
    and response.created_at >= $since;
