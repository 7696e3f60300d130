-- Temp table new_swaps: the touched routes that were executed. Grain: route. Choices are those of the same client in
-- the 30 minutes before the start; an execution without an end for a day of receipt has timed out. A failure is no end
-- once the execution goes on: a later attempt, or a start or update after it that tells of no failure itself.
create or replace temp view swap_scope as
select e.*
from swap_events e
anti join gone_swap_events g on g.event_id = e.event_id
where {day in swap_days}
union all
select *
from new_swap_events;
create or replace temp table route_events as
select
  row_number() over (partition by e.route_id order by e.occurred_at, e.event_id) as n,
  e.*
from swap_scope e
semi join touched_routes r on r.route_id = e.route_id
where e.event_name like 'lifi_route_execution_%';
create or replace temp table route_steps as
with steps as (
  select
    route_id,
    step_index,
    min(occurred_at) as reached_at,
    arg_max(action_type, n) filter (where action_type is not null) as action_type,
    arg_max(action_status, n) filter (where action_status is not null) as action_status
  from route_events
  where event_name = 'lifi_route_execution_updated'
    and step_index is not null
  group by route_id, step_index
)
select
  route_id,
  list(
    {
      'step_index': step_index,
      'reached_at': reached_at,
      'action_type': action_type,
      'action_status': action_status
    }
    order by step_index
  ) as steps
from steps
group by route_id;
create or replace temp table routes as
select
  e.route_id,
  arg_min(client_kind, n) filter (where client is not null) as client_kind,
  arg_min(client, n) filter (where client is not null) as client,
  coalesce(min(occurred_at) filter (where event_name = 'lifi_route_execution_started'), min(occurred_at)) as started_at,
  min(occurred_at) filter (where event_name = 'lifi_route_execution_completed') as completed_at,
  max(occurred_at) filter (where event_name = 'lifi_route_execution_failed') as failed_at,
  min(occurred_at) as first_event_at,
  max(occurred_at) as last_event_at,
  max(attempt) as attempts,
  max(attempt) filter (where event_name = 'lifi_route_execution_failed') as failed_attempt,
  max(occurred_at) filter (
    where event_name in ('lifi_route_execution_started', 'lifi_route_execution_updated')
      and not regexp_matches(coalesce(action_status, ''), 'FAIL|CANC')
  ) as went_on_at,
  count(*) filter (where event_name = 'lifi_route_execution_failed') as failures,
  count(*) filter (where event_name = 'lifi_route_execution_updated') as updates,
  max(step_index) as last_step_index,
  arg_max(step_count, n) filter (where step_count is not null) as step_count,
  arg_max(step_tools, n) filter (where step_tools is not null) as step_tools,
  any_value(s.steps) as steps,
  arg_max(from_chain_id, n) filter (where from_chain_id is not null) as from_chain_id,
  arg_max(to_chain_id, n) filter (where to_chain_id is not null) as to_chain_id,
  arg_max(from_token_symbol, n) filter (where from_token_symbol is not null) as from_token_symbol,
  arg_max(to_token_symbol, n) filter (where to_token_symbol is not null) as to_token_symbol,
  arg_max(from_token_address, n) filter (where from_token_address is not null) as from_token_address,
  arg_max(to_token_address, n) filter (where to_token_address is not null) as to_token_address,
  arg_max(from_amount, n) filter (where from_amount is not null) as from_amount,
  arg_max(to_amount, n) filter (where to_amount is not null) as to_amount,
  arg_max(from_amount_usd, n) filter (where from_amount_usd is not null) as from_amount_usd,
  arg_max(to_amount_usd, n) filter (where to_amount_usd is not null) as to_amount_usd,
  arg_max(gas_cost_usd, n) filter (where gas_cost_usd is not null) as gas_cost_usd,
  arg_max(fee_cost_usd, n) filter (where fee_cost_usd is not null) as fee_cost_usd,
  arg_max_null(error_code, n) filter (where event_name = 'lifi_route_execution_failed') as error_code,
  arg_max(error_class, n) filter (where event_name = 'lifi_route_execution_failed') as error_class,
  arg_max(exec_duration_s, n) filter (where exec_duration_s is not null) as exec_duration_s
from route_events e
left join route_steps s on s.route_id = e.route_id
group by e.route_id;
create or replace temp table new_swaps as
select
  cast(r.first_event_at as date) as day,
  r.route_id,
  r.client_kind,
  r.client,
  case
    when r.completed_at is not null then 'completed'
    when r.failed_at is not null
      and not coalesce(r.went_on_at > r.failed_at, false)
      and not coalesce(r.attempts > r.failed_attempt, false) then 'failed'
    when r.last_event_at < $lake_clock - interval 1 day then 'timed_out'
    else 'started'
  end as status,
  max(c.occurred_at) filter (where c.event_name like 'lifi_%_chain_token_selected') as tokens_chosen_at,
  max(c.occurred_at) filter (where c.event_name = 'lifi_available_routes') as routes_seen_at,
  max(c.occurred_at) filter (where c.event_name = 'lifi_route_selected' and c.route_id = r.route_id) as selected_at,
  r.* exclude (route_id, client_kind, client, failed_attempt, went_on_at)
from routes r
left join swap_scope c
  on c.event_name not like 'lifi_route_execution_%'
  and c.client_kind = r.client_kind
  and c.client = r.client
  and c.occurred_at between r.started_at - interval 30 minutes and r.started_at
group by all;
