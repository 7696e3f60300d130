-- Temp table near_stays: all sessions of the moved clients, read on the days between a client's first and last event.
-- Sessions of the other touched visitors are added by near_stays.sql.
create or replace temp table near_stays as
select s.session_id, s.client_kind, s.client, s.started_at, s.ended_at
from sessions s
semi join moved_clients m on m.client_kind = s.client_kind and m.client = s.client
where {day in moved_days};
