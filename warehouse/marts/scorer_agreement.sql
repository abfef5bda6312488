-- one row per (dataset, scorer, scorer version): agreement of its verdicts with those that came with the answers
create or replace view scorer_agreement as
with
paired as (
    select
        question.dataset,
        score.scorer,
        score.scorer_version,
        score.score,
        golden.score as golden
    from score
    inner join stg_verdict as golden on score.response_id = golden.response_id and golden.mode = 'recorded'
    inner join response on score.response_id = response.response_id
    inner join question on response.question_id = question.question_id
    where score.mode <> 'recorded' and score.score is not null and golden.score is not null
),

totals as (
    select
        paired.dataset,
        paired.scorer,
        paired.scorer_version,
        count(*) as n_answer,
        avg((paired.score = paired.golden)::integer) as agreement_share,
        count(distinct paired.score) as n_score
    from paired
    group by paired.dataset, paired.scorer, paired.scorer_version
),

shares as (
    select
        paired.dataset,
        paired.scorer,
        paired.scorer_version,
        unnest([paired.score, paired.golden]) as value,
        unnest([1, 0]) as here,
        unnest([0, 1]) as there
    from paired
),

per_value as (
    select
        shares.dataset,
        shares.scorer,
        shares.scorer_version,
        shares.value,
        sum(shares.here)::double * sum(shares.there)::double as n_by_chance
    from shares
    group by shares.dataset, shares.scorer, shares.scorer_version, shares.value
),

chance as (
    select
        per_value.dataset,
        per_value.scorer,
        per_value.scorer_version,
        sum(per_value.n_by_chance) as n_by_chance
    from per_value
    group by per_value.dataset, per_value.scorer, per_value.scorer_version
)

select
    totals.dataset,
    totals.scorer,
    totals.scorer_version,
    totals.n_answer, -- answers with a verdict of both
    totals.agreement_share, -- share of equal scores
    (totals.agreement_share - chance.n_by_chance / totals.n_answer ** 2)
    / nullif(1 - chance.n_by_chance / totals.n_answer ** 2, 0) as kappa, -- null where both always say the same
    totals.n_score = 1 as says_one_thing -- the scorer says the same of every answer
from totals
inner join chance
    on
        totals.dataset = chance.dataset
        and totals.scorer = chance.scorer
        and totals.scorer_version = chance.scorer_version;
