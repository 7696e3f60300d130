-- Temp table arrivals: events that a destination may want and that the backlog has not looked at: those written after
-- transaction $seen, young enough, received since the destination is, before $upto; and from $horizon on, where it has
-- not looked yet, those written after $first, which is $seen or older. At most $most, any of them. Key: event_id.
-- Every write to events carries its transaction's number, a replaced hour's too, so nothing is missed.
-- $date, $hour: the first hour of receipt that can hold one, as constants, compared as a pair.
-- `late` ones (few) have ids that lie far apart, so they are looked up on their own.
create or replace temp table arrivals as
select
  event_id,
  occurred_at,
  load_id,
  cast(hash(coalesce(
    client(anonymous_id, device_id, device_is_new, user_id), device_id, cast(event_id as varchar)
  )) % 4294967296 as uinteger) as client_hash,
  coalesce(abs(epoch_ms(received_at) - epoch_ms(client_at)) > 3600000, true) as late
from events
where load_id > $first
  and (load_id > $seen or occurred_at >= $horizon)
  and occurred_at < $upto
  and (date > $date or (date = $date and hour >= $hour))
  and received_at >= $since
  and occurred_at >= $expired_before
limit $most;
