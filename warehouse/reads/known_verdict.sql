-- one row per response of $responses and scorer: our verdicts of any version, on today's truth
select
    score.response_id,
    score.scorer,
    score.scorer_version,
    score.score,
    score.verdict,
    score.extracted,
    score.detail
from score
left join response on score.response_id = response.response_id
left join stg_basis on response.question_id = stg_basis.question_id
where
    score.mode <> 'recorded'
    and (score.basis is null or stg_basis.basis is null or score.basis = stg_basis.basis)
    and score.response_id in (select wanted.response_id from unnest($responses) as wanted (response_id));
