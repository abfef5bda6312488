-- one row per (study, setting, series, dataset) that was computed last from inputs in $inputs
select ablation.*
from ablation
where ablation.inputs in (select wanted.inputs from unnest($inputs) as wanted (inputs))
qualify
    rank() over (
        partition by ablation.inputs
        order by ablation.created_at desc
    ) = 1
order by ablation.study, ablation.position, ablation.dataset;
