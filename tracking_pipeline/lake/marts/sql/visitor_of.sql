-- Temp table visitor_of: which visitor each touched or newly linked client is. Grain: client.
-- The rule (docs/metrics.md): an anonymous id with one user id is that user; with several it stays by itself (a shared
-- browser merges nobody). Without any it is as its device, if it has one. A device with one user id is that user, else
-- it is itself. Wallets and `_ga` merge nobody: they may be shared, or copied.
create or replace temp table touched_clients as
select distinct client_kind, client from islands;
create or replace temp table wanted_visitors as
with links as (
  select id_kind, id, linked_kind, linked_id from new_links
  union
  select id_kind, id, linked_kind, linked_id from left_links
)
select client_kind, client from touched_clients
union
select id_kind, id from links where linked_kind = 'user'
union
select 'anonymous', linked_id from links where id_kind = 'device' and linked_kind = 'anonymous'
union
select 'anonymous', i.linked_id
from identities_now i
where i.id_kind = 'device'
  and i.linked_kind = 'anonymous'
  and i.id in (select id from links where id_kind = 'device' and linked_kind = 'user');
create or replace temp table device_links as
select
  'anonymous' as client_kind,
  i.linked_id as client,
  count(*) as devices,
  min(i.id) as device_id
from identities_now i
semi join wanted_visitors w on w.client_kind = 'anonymous' and w.client = i.linked_id
where i.id_kind = 'device'
  and i.linked_kind = 'anonymous'
group by i.linked_id;
create or replace temp table user_links as
with needed as (
  select client_kind as id_kind, client as id from wanted_visitors
  union
  select 'device', device_id from device_links
)
select
  i.id_kind,
  i.id,
  count(*) as users,
  min(i.linked_id) as user_id
from identities_now i
semi join needed w on w.id_kind = i.id_kind and w.id = i.id
where i.linked_kind = 'user'
group by i.id_kind, i.id;
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
