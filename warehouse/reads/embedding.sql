-- one row per text hash of $texts that has a vector of the embedder $embedder
select
    embedding.text_hash,
    embedding.vector
from embedding
where
    embedding.embedder = $embedder
    and embedding.text_hash in (select wanted.text_hash from unnest($texts) as wanted (text_hash));
