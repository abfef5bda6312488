-- how far do scorers and judges agree with the verdicts that came with the answers? one row per dataset and scorer
select
    scorer_agreement.dataset,
    scorer_agreement.scorer,
    scorer_agreement.scorer_version,
    scorer_agreement.n_answer,
    round(100 * scorer_agreement.agreement_share, 2) as percent_equal,
    round(scorer_agreement.kappa, 3) as kappa,
    scorer_agreement.says_one_thing
from scorer_agreement
order by scorer_agreement.dataset asc, scorer_agreement.scorer asc, scorer_agreement.scorer_version asc;
