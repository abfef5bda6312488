-- one row per reason for which rows of the run $run are in quarantine, the most frequent first
select
    quarantine.reason,
    count(*) as n
from quarantine
where quarantine.run_id = $run
group by quarantine.reason
order by n desc, quarantine.reason asc;
