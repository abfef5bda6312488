-- one row per model that was asked anew since the baseline of the run $run, the most worsened first
select model_change.*
from model_change
where model_change.run_id = $run
order by model_change.difference, model_change.model;
