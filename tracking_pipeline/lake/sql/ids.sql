-- ids: who is in the batch. `late` rows (few) have ids that lie far apart, so they are looked up on their own.
create or replace temp table ids as
select
  event_id,
  received_at,
  source_file,
  ordinal,
  coalesce(received_at - client_at > interval 1 day, true) as late
from batch;
