// @ts-check
/** The widget's names → the catalogue's, by rule: `fromAmountUSD` is `from_amount_usd`. */

/** @param {string} name */
export const snake = (name) => name.replace(/[A-Z]+/g, (capitals) => '_' + capitals.toLowerCase());

/**
 * Take the fields whose names match, under their names here.
 * @param {any} from @param {RegExp} which @param {string} [prefix]
 * @returns {Record<string, any>}
 */
export const pick = (from, which, prefix = '') =>
  Object.fromEntries(
    Object.entries({ ...from })
      .filter(([name]) => which.test(name))
      .map(([name, value]) => [prefix + snake(name), value]),
  );
