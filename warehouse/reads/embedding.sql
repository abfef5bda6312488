-- one row per text hash of $hashes that has a vector of the embedder $embedder
select
    embedding.text_hash,
    embedding.vector
from embedding
inner join (select distinct unnest($hashes) as text_hash) as wanted on embedding.text_hash = wanted.text_hash
where embedding.embedder = $embedder;
