// @ts-check
/**
 * Make what makes functions that never throw into the page.
 * @param {boolean | undefined} isDebug whether to print what they would have thrown
 */
export const createGuard =
  (isDebug) =>
  /**
   * @template {(...args: any[]) => any} F
   * @param {F} work
   * @returns {F}
   */
  (work) =>
    /** @type {F} */ (
      (...args) => {
        try {
          return work(...args);
        } catch (error) {
          if (isDebug) console.warn(error);
        }
      }
    );
