-- Add to the temp table near_sessions: sessions between $from_at and $to_at that a touched time is within 30 minutes of.
insert into near_sessions
select distinct s.*
from sessions s
join islands i
  on i.client_kind = s.client_kind
  and i.client = s.client
  and s.started_at <= i.last_at + interval 30 minutes
  and s.ended_at >= i.first_at - interval 30 minutes
where s.started_at <= $to_at
  and s.ended_at >= $from_at;
