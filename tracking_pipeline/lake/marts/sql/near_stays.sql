-- Add to the temp table near_stays: sessions of near_clients between $from_at and $to_at.
insert into near_stays
select s.session_id, s.client_kind, s.client, s.started_at, s.ended_at
from sessions s
semi join near_clients m on m.client_kind = s.client_kind and m.client = s.client
where s.started_at <= $to_at
  and s.ended_at >= $from_at;
