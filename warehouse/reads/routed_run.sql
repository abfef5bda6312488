-- one row at most: the run of the profile $profile that was routed last
select run_policy.run_id
from run_policy
inner join run on run_policy.run_id = run.run_id
where run.profile = $profile
order by run_policy.created_at desc
limit 1;
