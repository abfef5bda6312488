-- from whose responses could no answer be extracted? one row per model and dataset, worst first
select
    model_leaderboard.model,
    model_leaderboard.dataset,
    model_leaderboard.n_fixed as n_judged,
    round(100 * model_leaderboard.no_answer_share, 2) as no_answer_percent,
    round(100 * model_leaderboard.accuracy_fixed, 1) as accuracy_percent
from model_leaderboard
where model_leaderboard.n_fixed > 0
order by model_leaderboard.no_answer_share desc, model_leaderboard.model asc, model_leaderboard.dataset asc;
