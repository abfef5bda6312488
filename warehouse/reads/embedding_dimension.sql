-- one row: the length of the cached vectors of the embedder $embedder; null when it has none
select max(len(embedding.vector)) as dimension
from embedding
where embedding.embedder = $embedder;
