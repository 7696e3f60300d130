-- Temp table new_swap_events: the widget's events that swaps are made of, typed. Grain: event. Amounts are read from
-- the text as sent, never through a double; all properties in one reading of it, by their place in the list (each
-- reading of a document costs as much as all). Wants the macros of clients.sql.
-- The class of a failure is the tracker's (ingest_api/tracker/adapters/route.js), for senders that tell codes only.
create or replace temp macro failure_class(code, substatus) as
  case
    when regexp_matches(concat_ws(' ', code, substatus), '10(10|12|16|22)|4001') then 'rejected'
    when regexp_matches(concat_ws(' ', code, substatus), '1011|SLIP') then 'slippage'
    when regexp_matches(concat_ws(' ', code, substatus), '101[35]|BALANCE') then 'balance'
    when regexp_matches(concat_ws(' ', code, substatus), '1014|ALLOW') then 'allowance'
    when regexp_matches(concat_ws(' ', code, substatus), '10(02|09|25)|GAS') then 'gas'
    when regexp_matches(concat_ws(' ', code, substatus), '10(04|18)|EXPIRED') then 'timeout'
    when regexp_matches(concat_ws(' ', code, substatus), '10(05|23|24)') then 'rpc'
    when regexp_matches(concat_ws(' ', code, substatus), '10(07|17)') then 'wallet'
    when regexp_matches(concat_ws(' ', code, substatus), '10(03|19)') then 'reverted'
    else 'unknown'
  end;
create or replace temp table new_swap_events as
with told as (
  select
    occurred_at,
    event_id,
    event_name,
    anonymous_id,
    device_id,
    device_is_new,
    user_id,
    json_extract_string(properties, [
      '$.route_id',
      '$.from_chain_id',
      '$.to_chain_id',
      '$.from_token_symbol',
      '$.to_token_symbol',
      '$.from_token_address',
      '$.to_token_address',
      '$.from_amount',
      '$.to_amount',
      '$.from_amount_usd',
      '$.to_amount_usd',
      '$.gas_cost_usd',
      '$.fee_cost_usd',
      '$.step_count',
      '$.step_index',
      '$.step_tools',
      '$.attempt',
      '$.action_type',
      '$.action_status',
      '$.error_code',
      '$.error_class',
      '$.exec_duration_s',
      '$.action_substatus'
    ]) as said
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
    )
)
select
  cast(occurred_at as date) as day,
  occurred_at,
  event_id,
  event_name,
  client_kind(anonymous_id, device_id, device_is_new, user_id) as client_kind,
  client(anonymous_id, device_id, device_is_new, user_id) as client,
  said[1] as route_id,
  said[2] as from_chain_id,
  said[3] as to_chain_id,
  said[4] as from_token_symbol,
  said[5] as to_token_symbol,
  said[6] as from_token_address,
  said[7] as to_token_address,
  try_cast(said[8] as decimal(38, 0)) as from_amount,
  try_cast(said[9] as decimal(38, 0)) as to_amount,
  try_cast(said[10] as decimal(38, 18)) as from_amount_usd,
  try_cast(said[11] as decimal(38, 18)) as to_amount_usd,
  try_cast(said[12] as decimal(38, 18)) as gas_cost_usd,
  try_cast(said[13] as decimal(38, 18)) as fee_cost_usd,
  try_cast(said[14] as integer) as step_count,
  try_cast(said[15] as integer) as step_index,
  said[16] as step_tools,
  try_cast(said[17] as integer) as attempt,
  said[18] as action_type,
  said[19] as action_status,
  said[20] as error_code,
  case
    when event_name <> 'lifi_route_execution_failed' then null
    when said[21] is not null then said[21]
    else failure_class(said[20], said[23])
  end as error_class,
  try_cast(said[22] as decimal(38, 18)) as exec_duration_s
from told;
