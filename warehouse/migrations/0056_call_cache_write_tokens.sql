-- one row per attempt to call a model: the ledger
alter table call add column cache_write_tokens bigint; -- part of prompt_tokens, written to the provider's cache
