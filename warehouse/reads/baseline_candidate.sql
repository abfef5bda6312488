-- one row: the pinned baseline of the profile $profile, else its last completed evaluated run before $run
select candidate.run_id
from (
    select
        baseline.run_id,
        baseline.pinned_at as moment,
        true as pinned
    from baseline
    where baseline.profile = $profile
    union all
    select
        run.run_id,
        run.started_at as moment,
        false as pinned
    from run
    where
        run.profile = $profile
        and run.status = 'completed'
        and run.run_id in (select metric.run_id from metric)
) as candidate
where candidate.run_id <> $run
order by candidate.pinned desc, candidate.moment desc
limit 1;
