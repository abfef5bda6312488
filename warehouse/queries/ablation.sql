-- what is each part of the method worth? every setting of the newest ablation of each profile, on validation questions
select
    ablation.profile,
    ablation.study,
    ablation.setting,
    ablation.series,
    round(100 * ablation.accuracy, 1) as accuracy_percent,
    round(100 * ablation.difference, 1) as points_to_base,
    round(100 * ablation.difference_low, 1) as low,
    round(100 * ablation.difference_high, 1) as high,
    round(ablation.calls, 2) as calls_per_question,
    ablation.n
from ablation
where
    ablation.dataset = '*'
    and ablation.part = 'validation'
    and coalesce(ablation.profile = getvariable('profile'), true)
qualify
    rank() over (
        partition by ablation.profile, ablation.study
        order by ablation.created_at desc
    ) = 1
order by ablation.profile, ablation.study, ablation.position;
