-- one row per attempt to call a model: the ledger
alter table call add column reasoning_tokens bigint; -- part of completion_tokens, thought and not shown
