-- one row: US dollars that the last decided run of the profile $profile, other than $run, spent on all but answers
select coalesce(sum(call.cost_usd), 0.0) as spent_usd
from call
where
    call.purpose <> 'answer'
    and call.run_id = (
        select arg_max(decision.run_id, decision.created_at)
        from decision
        where decision.profile = $profile and decision.run_id <> $run and decision.created_at <= $until
    );
