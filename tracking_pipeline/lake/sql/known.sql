-- known: rows already in the lake of ids in the batch. Two narrow look-ups instead of one wide one.
-- `union`, not `union all`: a prompt and a late copy in one batch find the same row.
create or replace temp table known as
select event_id, received_at, source_file, ordinal
from events
where event_id in (select event_id from ids where not late)
union
select event_id, received_at, source_file, ordinal
from events
where event_id in (select event_id from ids where late);
