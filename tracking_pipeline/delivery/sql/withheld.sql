-- Temp table withheld: planned events that may not leave, and why (macro withheld_because). Consent is that of now: what
-- the visitor said since counts (temp table withdrawals). Key: event_id. Constants as in planned_events.sql.
create or replace temp table withheld as
with judged as (
  select
    e.event_id,
    cast(e.date as varchar) as date,
    e.hour,
    withheld_because(e.is_bot, e.consent, e.occurred_at, greatest(d.withdrawn_at, a.withdrawn_at)) as reason
  from events e
  semi join planned using (event_id)
  left join withdrawals d on d.kind = 'device' and d.id = e.device_id
  left join withdrawals a on a.kind = 'anonymous' and a.id = e.anonymous_id
  where e.date >= $from_date
    and e.occurred_at between $from_at and $to_at
)
select event_id, date, hour, reason
from judged
where reason is not null;
