-- one row per nightly comparison of the time when table decision was called regression
insert into decision by name
select
    regression.*,
    coalesce(run.profile, '') as profile
from regression
left join run on regression.run_id = run.run_id;
