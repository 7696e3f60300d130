-- swaps: one row per route execution of the LI.FI widget, from the events lifi_route_execution_*. Key: route_id.
create or replace view swaps as
select
  json_extract_string(properties, '$.route_id') as route_id,
  min(occurred_at) filter (where event_name = 'lifi_route_execution_started') as started_at,
  min(occurred_at) filter (where event_name = 'lifi_route_execution_completed') as completed_at,
  max(occurred_at) filter (where event_name = 'lifi_route_execution_failed') as last_failed_at,
  case
    when bool_or(event_name = 'lifi_route_execution_completed') then 'completed'
    when bool_or(event_name = 'lifi_route_execution_failed') then 'failed'
    else 'started'
  end as status,
  max(json_extract_string(properties, '$.from_chain_id')) as from_chain_id,
  max(json_extract_string(properties, '$.to_chain_id')) as to_chain_id,
  max(json_extract_string(properties, '$.from_token_symbol')) as from_token_symbol,
  max(json_extract_string(properties, '$.to_token_symbol')) as to_token_symbol,
  try_cast(max(json_extract_string(properties, '$.from_amount_usd')) as decimal(38, 6)) as from_amount_usd
from events
where event_name in (
    'lifi_route_execution_started', 'lifi_route_execution_completed', 'lifi_route_execution_failed'
  )
  and not is_bot
  and json_extract_string(properties, '$.route_id') is not null
group by route_id;
