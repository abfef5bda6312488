-- one row per (question, model) with an imported label of another provenance than $provenance
select distinct
    label.question_id,
    label.model,
    0::integer as sample_index
from label
where label.provenance like 'imported:%' and label.provenance <> $provenance;
