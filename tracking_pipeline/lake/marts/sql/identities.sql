-- Temp table new_identities: the touched links as they are now. Grain: link. Evidence is the first event that shows it.
create or replace temp view remaining_events as
select e.*
from events_by_day e
anti join gone_events_by_day g on g.event_id = e.event_id
where {day in broken_days};
create or replace temp table reread_links as
select l.*
from links('remaining_events') l
semi join broken_links b
  on (b.id_kind, b.id, b.linked_kind, b.linked_id) = (l.id_kind, l.id, l.linked_kind, l.linked_id)
where exists (from broken_links);
create or replace temp table new_identities as
with parts as (
  select id_kind, id, linked_kind, linked_id, occurred_at as valid_from, occurred_at as last_seen_at, event_id as evidence
  from new_links
  union all
  select id_kind, id, linked_kind, linked_id, occurred_at, occurred_at, event_id
  from reread_links
  union all
  select i.*
  from gone_identities i
  anti join broken_links b
    on (b.id_kind, b.id, b.linked_kind, b.linked_id) = (i.id_kind, i.id, i.linked_kind, i.linked_id)
)
select
  id_kind,
  id,
  linked_kind,
  linked_id,
  min(valid_from) as valid_from,
  max(last_seen_at) as last_seen_at,
  arg_min(evidence, row(valid_from, evidence)) as evidence
from parts
group by id_kind, id, linked_kind, linked_id;
