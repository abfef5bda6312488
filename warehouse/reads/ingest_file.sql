-- one row per file that the source $source has read with the options $options and kept rows of
select
    path,
    file_hash,
    n_row,
    n_quarantined
from ingest_file
where source = $source and options_hash = $options and n_row > 0;
