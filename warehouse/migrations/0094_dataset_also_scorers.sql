-- one row per (dataset, variant): scorers of other modes that judge it too
alter table dataset add column also_scorers text[]; -- names in the scorer registry, beside scorer
