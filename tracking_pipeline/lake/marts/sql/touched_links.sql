-- Temp tables of links with touched evidence: new_links and left_links (grain: event and pair), gone_identities (the
-- rows they have now) and broken_links: those that lost their first or last evidence, to be read again. near_identities
-- holds all links of the touched ids, so that `identities` is read once.
create or replace temp table new_links as
from links('new_events_by_day');
create or replace temp table left_links as
from links('gone_events_by_day');
create or replace temp table touched_links as
select id_kind, id, linked_kind, linked_id from new_links
union
select id_kind, id, linked_kind, linked_id from left_links;
create or replace temp table touched_ids as
select id_kind, id from touched_links
union
select 'anonymous', linked_id from touched_links where linked_kind = 'anonymous'
union
select client_kind, client from islands where client_kind <> 'user';
create or replace temp table near_identities as
select *
from identities
where id in (select id from touched_ids)
  or (linked_kind = 'anonymous' and linked_id in (select id from touched_ids where id_kind = 'anonymous'));
create or replace temp table gone_identities as
select i.*
from near_identities i
semi join touched_links t
  on i.id_kind = t.id_kind and i.id = t.id and i.linked_kind = t.linked_kind and i.linked_id = t.linked_id;
create or replace temp table broken_links as
select i.*
from gone_identities i
semi join left_links l
  on i.id_kind = l.id_kind and i.id = l.id and i.linked_kind = l.linked_kind and i.linked_id = l.linked_id
  and l.occurred_at in (i.valid_from, i.last_seen_at);
