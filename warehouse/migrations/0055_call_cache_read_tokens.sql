-- one row per attempt to call a model: the ledger
alter table call add column cache_read_tokens bigint; -- part of prompt_tokens, read from the provider's cache
