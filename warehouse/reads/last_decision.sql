-- one row: when the last decision on a run of the profile $profile other than $run was made; null before the first
select max(decision.created_at) as decided_at
from decision
where decision.profile = $profile and decision.run_id <> $run;
