-- Temp table planned: one event. Key: event_id. Of the client that was never refused, else refused longest ago, so that
-- no event that is wrong itself holds up the others; of that client's the oldest.
create or replace temp table planned as
select event_id, occurred_at
from unsent
where occurred_at >= $expired_before
order by max(tried_in) over (partition by client_hash), occurred_at, event_id
limit 1;
