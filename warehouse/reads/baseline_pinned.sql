-- at most one row: the run that is pinned as the baseline of the profile $profile
select baseline.run_id
from baseline
where baseline.profile = $profile;
