-- one row: US dollars of the calls of run $run since $since for $keys or $questions; as spent.sql counts them
select coalesce(sum(coalesce(call.cost_usd, call.bound_usd)), 0.0) as spent_usd
from call
where
    call.run_id = $run
    and call.started_at >= $since
    and (
        call.request_key in (select unnest($keys::varchar[]))
        or call.question_id in (select unnest($questions::varchar[]))
    );
