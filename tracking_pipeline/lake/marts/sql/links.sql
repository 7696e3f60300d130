-- Temp macro links(relation): the pairs of ids that an event shows together. Grain: event and pair. A cookie that was
-- made by this very request shows nothing: it may never come back.
create or replace temp macro links(relation) as table
select 'device' as id_kind, device_id as id, 'anonymous' as linked_kind, anonymous_id as linked_id, occurred_at, event_id
from query_table(relation)
where not device_is_new and device_id is not null and anonymous_id is not null
union all
select 'device', device_id, 'user', user_id, occurred_at, event_id
from query_table(relation)
where not device_is_new and device_id is not null and user_id is not null
union all
select 'device', device_id, 'ga', ga_client_id, occurred_at, event_id
from query_table(relation)
where not device_is_new and device_id is not null and ga_client_id is not null
union all
select distinct 'device', device_id, 'wallet', unnest(wallets), occurred_at, event_id
from query_table(relation)
where not device_is_new and device_id is not null
union all
select 'anonymous', anonymous_id, 'user', user_id, occurred_at, event_id
from query_table(relation)
where anonymous_id is not null and user_id is not null
union all
select 'anonymous', anonymous_id, 'ga', ga_client_id, occurred_at, event_id
from query_table(relation)
where anonymous_id is not null and ga_client_id is not null
union all
select distinct 'anonymous', anonymous_id, 'wallet', unnest(wallets), occurred_at, event_id
from query_table(relation)
where anonymous_id is not null
union all
select 'anonymous', previous_id, 'user', user_id, occurred_at, event_id
from query_table(relation)
where type = 'alias' and previous_id is not null and user_id is not null
union all
select distinct 'user', user_id, 'wallet', unnest(wallets), occurred_at, event_id
from query_table(relation)
where user_id is not null;
