-- one row: when the last decision on a run of the profile $profile but $run was made, until $until; null before it
select max(decision.created_at) as decided_at
from decision
where decision.profile = $profile and decision.run_id <> $run and decision.created_at <= $until;
