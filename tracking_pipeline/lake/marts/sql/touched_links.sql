-- Temp tables of links with touched evidence: new_links and left_links (grain: event and pair), gone_identities (the
-- rows they have now) and broken_links: those that lost their first or last evidence, to be read again.
create or replace temp table new_links as
from links('new_events_by_day');
create or replace temp table left_links as
from links('gone_events_by_day');
create or replace temp table gone_identities as
with touched as (
  select id_kind, id, linked_kind, linked_id from new_links
  union
  select id_kind, id, linked_kind, linked_id from left_links
)
select i.*
from identities i
semi join touched t
  on (i.id_kind, i.id, i.linked_kind, i.linked_id) = (t.id_kind, t.id, t.linked_kind, t.linked_id);
create or replace temp table broken_links as
select i.*
from gone_identities i
semi join left_links l
  on (i.id_kind, i.id, i.linked_kind, i.linked_id) = (l.id_kind, l.id, l.linked_kind, l.linked_id)
  and l.occurred_at in (i.valid_from, i.last_seen_at);
