-- Temp table visitor_of: which visitor each client is that was touched or whose links changed. Grain: client.
-- The rule (docs/metrics.md): an anonymous id with one user id is that user; with several it stays by itself (a shared
-- browser merges nobody). Without any it is as its device, if it has one. A device with one user id is that user, else
-- it is itself. Wallets and `_ga` merge nobody: they may be shared, or copied.
create or replace temp table touched_clients as
select distinct client_kind, client from islands;
create or replace temp table changed_links as
with before as (
  select id_kind, id, linked_kind, linked_id from gone_identities where linked_kind in ('anonymous', 'user')
),
after as (
  select id_kind, id, linked_kind, linked_id from new_identities where linked_kind in ('anonymous', 'user')
)
(from before except from after)
union all
(from after except from before);
create or replace temp table known_links as
select id_kind, id, linked_kind, linked_id
from near_identities i
anti join gone_identities g
  on i.id_kind = g.id_kind and i.id = g.id and i.linked_kind = g.linked_kind and i.linked_id = g.linked_id
where linked_kind in ('anonymous', 'user')
union all
select id_kind, id, linked_kind, linked_id
from new_identities
where linked_kind in ('anonymous', 'user');
create or replace temp table wanted_visitors as
select client_kind, client from touched_clients
union
select id_kind, id from changed_links where linked_kind = 'user'
union
select 'anonymous', linked_id from changed_links where id_kind = 'device' and linked_kind = 'anonymous'
union
select 'anonymous', k.linked_id
from known_links k
where k.id_kind = 'device'
  and k.linked_kind = 'anonymous'
  and k.id in (select id from changed_links where id_kind = 'device' and linked_kind = 'user');
create or replace temp table further_clients as
select client
from wanted_visitors w
anti join touched_ids t on t.id_kind = w.client_kind and t.id = w.client
where w.client_kind = 'anonymous';
insert into known_links
select i.id_kind, i.id, i.linked_kind, i.linked_id
from identities i
semi join further_clients f on f.client = i.linked_id
where i.id_kind = 'device' and i.linked_kind = 'anonymous'
union all
select i.id_kind, i.id, i.linked_kind, i.linked_id
from identities i
semi join further_clients f on f.client = i.id
where i.id_kind = 'anonymous' and i.linked_kind = 'user';
create or replace temp table further_devices as
select distinct k.id as device_id
from known_links k
anti join touched_ids t on t.id_kind = 'device' and t.id = k.id
where k.id_kind = 'device' and k.linked_kind = 'anonymous';
insert into known_links
select i.id_kind, i.id, i.linked_kind, i.linked_id
from identities i
semi join further_devices f on f.device_id = i.id
where i.id_kind = 'device' and i.linked_kind = 'user';
create or replace temp table device_links as
select
  'anonymous' as client_kind,
  k.linked_id as client,
  count(distinct k.id) as devices,
  min(k.id) as device_id
from known_links k
where k.id_kind = 'device'
  and k.linked_kind = 'anonymous'
group by k.linked_id;
create or replace temp table user_links as
select
  k.id_kind,
  k.id,
  count(distinct k.linked_id) as users,
  min(k.linked_id) as user_id
from known_links k
where k.linked_kind = 'user'
group by k.id_kind, k.id;
create or replace temp table visitor_of as
select
  w.client_kind,
  w.client,
  case
    when w.client_kind = 'user' then 'user:' || w.client
    when own.users = 1 then 'user:' || own.user_id
    when w.client_kind = 'device' then 'device:' || w.client
    when own.users > 1 then 'anonymous:' || w.client
    when d.devices = 1 and through.users = 1 then 'user:' || through.user_id
    when d.devices = 1 then 'device:' || d.device_id
    else 'anonymous:' || w.client
  end as visitor_id
from wanted_visitors w
left join user_links own on own.id_kind = w.client_kind and own.id = w.client
left join device_links d on d.client_kind = w.client_kind and d.client = w.client
left join user_links through on through.id_kind = 'device' and through.id = d.device_id;
