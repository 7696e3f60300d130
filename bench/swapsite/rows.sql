-- View site_rows: every receipt as a row of a part file, with received_at and the hour it falls into.
-- Grain: receipt (copies have the event's own ids). Wants the tables arrivals, pairs, pages, agents, landings, failures.
create or replace view site_rows as
with shown as (
  select
    a.* exclude (agent),
    'https://swap.example' || p.path || if(a.is_landing, l.query, '') as url,
    if(a.is_landing, l.referrer, 'https://swap.example/') as referrer,
    p.path,
    'm-' || a.visit || '-' || a.n as message,
    '"from_chain_id":' || r.from_chain || ',"to_chain_id":' || r.to_chain || ',"from_token_symbol":"' || r.from_symbol
      || '","to_token_symbol":"' || r.to_symbol || '","from_amount_usd":"'
      || cast(cast(a.usd_micro as decimal(38, 6)) / 1000000 as decimal(38, 6))
      || '","from_amount":"' || (cast(a.usd_micro as hugeint) * 1000000000000 + a.route) || '"' as route_json,
    f.code,
    f.sent_class,
    g.agent
  from arrivals a
  left join pages p on p.id = a.page
  left join landings l on l.id = a.landing
  left join pairs r on r.id = a.pair
  left join agents g on g.id = a.agent
  left join failures f on f.id = a.detail and a.act = 'fail'
)
select
  cast(
    lpad(printf('%012x', at_us // 1000), 12, '0')
    || '8' || substr(md5(message), 1, 3) || '8' || substr(md5(message), 4, 15) as uuid
  ) as event_id,
  message as message_id,
  'site' as source,
  case act when 'page' then 'page' when 'login' then 'identify' else 'track' end as type,
  case act
    when 'connect' then 'wallet_connect'
    when 'tokens' then 'lifi_source_chain_token_selected'
    when 'routes' then 'lifi_available_routes'
    when 'select' then 'lifi_route_selected'
    when 'start' then 'lifi_route_execution_started'
    when 'update' then 'lifi_route_execution_updated'
    when 'complete' then 'lifi_route_execution_completed'
    when 'fail' then 'lifi_route_execution_failed'
    when 'server' then 'Quote Checked'
  end as event_name,
  make_timestamp(at_us) as occurred_at,
  'corrected' as occurred_from,
  make_timestamp(at_us) as client_at,
  make_timestamp(received_us) as sent_at,
  make_timestamp(received_us) as received_at,
  if(kind = 'user', null, if(is_new, 'once-' || message, device)) as device_id,
  is_new as device_is_new,
  if(kind = 'user', null, client) as anonymous_id,
  user_id,
  if(kind = 'user', null, url) as page_url,
  if(kind = 'user', null, path) as page_path,
  if(kind = 'user', null, 'Swap') as page_title,
  if(kind = 'user', null, referrer) as page_referrer,
  if(kind = 'user', null, agent) as user_agent,
  '203.0.' || (visit % 250) || '.0' as ip,
  'https://swap.example' as origin,
  'segment' as dialect,
  if(wallet is null, null, [wallet]) as wallets,
  cast(
    case act
      when 'tokens' then
        '{"from_chain_id":' || if(detail = 2, '"1"', '1') || ',"from_token_address":"0x' || lpad(cast(visit % 7 as varchar), 40, '0')
        || '"' || if(detail = 1, ',"beta_flag":true', '') || '}'
      when 'connect' then '{"connector_name":"Wallet","chain_type":"EVM","chain_id":1}'
      when 'routes' then '{"route_count":3,' || route_json || '}'
      when 'select' then '{"route_id":"route-' || route || '","step_count":2,' || route_json || '}'
      when 'update' then
        '{"route_id":"route-' || route || '","attempt":' || attempt || ',"step_index":0,"action_type":"SWAP",' || route_json || '}'
      when 'start' then
        '{"route_id":"route-' || route || '","attempt":' || attempt || ',"step_count":2,"step_tools":"relay,across",'
        || route_json || '}'
      when 'complete' then
        '{"route_id":"route-' || route || '","attempt":' || attempt || ',"exec_duration_s":12.5,' || route_json || '}'
      when 'fail' then
        '{"route_id":"route-' || route || '","attempt":' || attempt || ',"error_code":"' || code || '"'
        || if(sent_class is null, '', ',"error_class":"' || sent_class || '"') || ',' || route_json || '}'
      else '{}'
    end as json
  ) as properties,
  cast(if(act = 'login', '{"plan":"pro"}', null) as json) as traits,
  cast('{"library":{"name":"tracker","version":"1"},"locale":"en-GB"}' as json) as context,
  case when act = 'tokens' then [null, 'unknown_parameter', 'wrong_type:from_chain_id'][detail + 1] end as off_plan,
  received_us
from shown;
