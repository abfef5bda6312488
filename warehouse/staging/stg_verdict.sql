-- one row per (response, mode): the newest verdict of that mode
create or replace view stg_verdict as
select * exclude (newest)
from (
    select
        score.*,
        row_number() over (
            partition by score.response_id, score.mode
            order by score.scored_at desc, score.scorer_version desc
        ) as newest
    from score
) as ranked
where newest = 1;
