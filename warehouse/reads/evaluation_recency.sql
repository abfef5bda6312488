-- one row: the recency of the profile $profile's last evaluated run among all evaluated runs; 0: it has none
select coalesce(min(stg_evaluation.recency), 0) as recency
from stg_evaluation
inner join run on stg_evaluation.run_id = run.run_id
where run.profile = $profile;
