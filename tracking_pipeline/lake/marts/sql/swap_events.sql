-- Temp table new_swap_events: the widget's events that swaps are made of, typed. Grain: event. Amounts are read from
-- the text as sent, never through a double. Wants the macros of clients.sql.
create or replace temp table new_swap_events as
select
  cast(occurred_at as date) as day,
  occurred_at,
  event_id,
  event_name,
  client_kind(anonymous_id, device_id, device_is_new, user_id) as client_kind,
  client(anonymous_id, device_id, device_is_new, user_id) as client,
  json_extract_string(properties, '$.route_id') as route_id,
  json_extract_string(properties, '$.from_chain_id') as from_chain_id,
  json_extract_string(properties, '$.to_chain_id') as to_chain_id,
  json_extract_string(properties, '$.from_token_symbol') as from_token_symbol,
  json_extract_string(properties, '$.to_token_symbol') as to_token_symbol,
  json_extract_string(properties, '$.from_token_address') as from_token_address,
  json_extract_string(properties, '$.to_token_address') as to_token_address,
  try_cast(json_extract_string(properties, '$.from_amount') as decimal(38, 0)) as from_amount,
  try_cast(json_extract_string(properties, '$.to_amount') as decimal(38, 0)) as to_amount,
  try_cast(json_extract_string(properties, '$.from_amount_usd') as decimal(38, 18)) as from_amount_usd,
  try_cast(json_extract_string(properties, '$.to_amount_usd') as decimal(38, 18)) as to_amount_usd,
  try_cast(json_extract_string(properties, '$.gas_cost_usd') as decimal(38, 18)) as gas_cost_usd,
  try_cast(json_extract_string(properties, '$.fee_cost_usd') as decimal(38, 18)) as fee_cost_usd,
  try_cast(json_extract_string(properties, '$.step_count') as integer) as step_count,
  try_cast(json_extract_string(properties, '$.step_index') as integer) as step_index,
  json_extract_string(properties, '$.step_tools') as step_tools,
  try_cast(json_extract_string(properties, '$.attempt') as integer) as attempt,
  json_extract_string(properties, '$.action_type') as action_type,
  json_extract_string(properties, '$.action_status') as action_status,
  json_extract_string(properties, '$.error_code') as error_code,
  case
    when event_name <> 'lifi_route_execution_failed' then null
    when json_extract_string(properties, '$.error_class') is not null
      then json_extract_string(properties, '$.error_class')
    when json_extract_string(properties, '$.error_code') = '1012' then 'rejected'
    else 'unknown'
  end as error_class,
  try_cast(json_extract_string(properties, '$.exec_duration_s') as decimal(38, 18)) as exec_duration_s
from events
where load_id > $after
  and load_id <= $upto
  and not is_bot
  and event_name in (
    'lifi_source_chain_token_selected',
    'lifi_destination_chain_token_selected',
    'lifi_available_routes',
    'lifi_route_selected',
    'lifi_route_execution_started',
    'lifi_route_execution_updated',
    'lifi_route_execution_completed',
    'lifi_route_execution_failed'
  );
