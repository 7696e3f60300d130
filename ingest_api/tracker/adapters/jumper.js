// @ts-check
/**
 * jumper.exchange's `trackEvent` and `trackTransaction`, argument for argument → the catalogue's events.
 *
 * Names follow by rule: `action_`, `on_` and `param_` go, `-` becomes `_`; what does not is listed here, and a test
 * holds all of it against the catalogue. What the LI.FI adapter reports too is left to it, unless `counts` says
 * otherwise; conversions of dust do not pass through the widget, so they always count.
 */
/** Acts that the widget reports too. */
const WIDGET = /^(on_|available_routes|change_settings|token_search|(dis)?connect_wallet)/;
/** The widget's set-up stands behind the act: `…_routes_zap`, `…_settings_…`, `…_selection_…`, `…_started_…`. */
const VARIANT = /(?<=tes|ngs|ction|ed)_(.+)/;

/** Read rules: each a pattern, `>`, and what takes its place. @param {string} text */
const rules = (text) => text.split(' ').map((one) => one.split('>'));
const WIDGET_NAMES = rules(
  '^on_> exec_>execution_ _selection>_chain_token_selected change_settings>setting_updated (dis)?connect_wallet>wallet_$1connected',
);
const SITE_NAMES = rules(
  '^notification_>notif_ ^contribute$>contribute_click ^contribute>fee_contribution ^click_connect_wallet$>wallet_connect_click ' +
    '^select_wallet$>wallet_select ^page>outbound_page_',
);
const PARAM_NAMES = rules(
  '^(action|status)$>exec_$& ^(type|tags)$>route_$& ^(tab|menu)$>$&_name ^page$>widget_page ^session_id>jumper_session_id ' +
    '^steps$>step_tools ^nb_of_steps>step_count ^time$>duration_s ^error$>error_text ^wallet$>connector_name ' +
    '^ecosystem>chain_type ^updated_setting>setting_name ^search_nb_result>result_count ' +
    '^search_(first_result_symbol|is_)>$1 ^source_>from_ ^destination_>to_ ^(from|to)_chain$>$&_id ^(from|to)_token$>$&_address',
);
const BASE_UNITS = /(_amount(_min)?|_cost)$/;

/**
 * @param {Pick<import('../types/index.js').Tracker, 'track'>} tracker
 * @param {import('../types/jumper.js').JumperOptions} [options]
 * @returns {import('../types/jumper.js').JumperAdapter}
 */
export const jumper = (tracker, options = {}) => {
  /** Never reject into the caller. @param {import('../types/jumper.js').TrackArguments} call */
  const track = async ({ action, category, label, value, data, disableTrackingTool, isConversion }) => {
    try {
      const plain = action.replace(/^action_/, '').replaceAll('-', '_');
      const isWidgets = WIDGET.test(plain);
      const widget_variant = isWidgets ? VARIANT.exec(plain)?.[1] : undefined;
      if (isWidgets && widget_variant !== 'dust' && options.counts !== 'jumper') return;
      const name = isWidgets ? 'lifi_' + renamed(plain.replace(VARIANT, ''), WIDGET_NAMES) : renamed(plain, SITE_NAMES);
      tracker.track(name, {
        ...paramsOf(name, data),
        event_category: category,
        event_label: label,
        event_value: value,
        is_conversion: isConversion,
        widget_variant,
        disabled_tools: disableTrackingTool?.join(),
        adapter: 'jumper',
      });
    } catch {} // a call without an action
  };

  return {
    trackEvent: track,
    trackTransaction: track,
    tab: (tab) => track({ action: 'switch_tab', data: { tab } }),
    wallet: (act, data) => track({ action: 'wallet_' + act, data }),
  };
};

/** @param {string} name @param {string[][]} table */
const renamed = (name, table) => table.reduce((now, [from, to]) => now.replace(RegExp(from), to), name);

/** @param {string} event @param {any} [data] */
const paramsOf = (event, data = {}) => {
  /** @type {Record<string, any>} */
  const params = {};
  for (const key in data) {
    const plain = key.replace('param_', '');
    if (/input_field/.test(plain)) params.mission_task_inputs = { ...params.mission_task_inputs, [plain]: data[key] };
    else params[paramOf(event, plain)] = valueOf(plain, data[key]);
  }
  return params;
};

/** @param {string} event @param {string} plain */
const paramOf = (event, plain) => {
  if (/_routes/.test(event) && plain === 'nb_of_steps') return 'route_count'; // of routes it counts those
  if (/_low/.test(event) && plain === 'wallet_address') return 'receiver_address';
  return renamed(plain, PARAM_NAMES);
};

/** @param {string} plain @param {any} value */
const valueOf = (plain, value) => {
  if (BASE_UNITS.test(plain)) return String(value ?? '');
  return value?.join && typeof value[0] !== 'object' ? value.join() : value;
};
