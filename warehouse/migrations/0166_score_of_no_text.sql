-- one row per (response, scorer, scorer version, mode): no verdict of ours on an answer whose text was not recorded
delete from score
where
    score.mode <> 'recorded'
    and score.response_id in (
        select response.response_id from response where response.finish_reason = 'not_recorded'
    );
