/** How sizes, times and states are said. */

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

/**
 * @param {number} bytes
 * @returns {string} with three digits, such as 1.23 MB
 */
export function size(bytes) {
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit ? value.toPrecision(3).replace(/^(\d{3})\.$/, "$1") : value} ${UNITS[unit]}`;
}

/**
 * @param {number} percent of the original that is saved
 * @returns {string}
 */
export function saving(percent) {
  return percent > 0 ? `−${percent.toFixed(percent < 10 ? 1 : 0)} %` : "0 %";
}

/**
 * @param {number} count
 * @param {string} one the noun for one of them
 * @returns {string}
 */
export function many(count, one) {
  return `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
}

/**
 * @param {number} seconds
 * @returns {string} in the largest unit that fits
 */
export function time(seconds) {
  if (seconds < 90) return many(Math.max(1, Math.round(seconds)), "second");
  if (seconds < 90 * 60) return many(Math.round(seconds / 60), "minute");
  if (seconds < 36 * 3600) return many(Math.round(seconds / 3600), "hour");
  return many(Math.round(seconds / 86400), "day");
}

/** What a file's state is called. @type {Record<string, string>} */
export const STATES = {
  awaiting_upload: "Is being uploaded.",
  pending: "Waits for its turn.",
  running: "Is being compressed.",
  done: "Smaller.",
  kept: "Kept as it was.",
  failed: "Failed.",
  cancelled: "Cancelled.",
};
