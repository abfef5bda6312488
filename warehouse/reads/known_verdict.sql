-- one row per response of $responses and scorer: its fixed verdict of any version
select
    score.response_id,
    score.scorer,
    score.scorer_version,
    score.score,
    score.verdict,
    score.extracted,
    score.detail
from score
where
    score.mode = 'fixed'
    and score.response_id in (select wanted.response_id from unnest($responses) as wanted (response_id));
