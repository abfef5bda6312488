-- one row per dataset of $datasets whose source says that it wants code
select distinct dataset.dataset
from dataset
where dataset.task = 'code' and list_contains($datasets, dataset.dataset);
