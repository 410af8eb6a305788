/** About what each level would come to, from the space audit of some of the files. */

import { call } from "./api.js";

const MOST_FILES = 5; // each is uploaded for it
const MOST_BYTES = 50e6;
const LOOKS = 30; // at an analysis that waits for a worker, one a second

/** @typedef {import("./choosing.js").Chosen} Chosen */
/** @typedef {{looked: number, of: number, percent: Record<string, number>}} Estimate */

/**
 * @param {Chosen[]} chosen
 * @param {string} password
 * @param {AbortSignal} signal
 * @returns {Promise<Estimate>} the saving of each level over the files looked into; `looked` is 0 if none could be read
 */
export async function estimate(chosen, password, signal) {
  const sample = chosen.filter((one) => one.file.size <= MOST_BYTES).slice(0, MOST_FILES);
  let [before, looked] = [0, 0];
  /** @type {Record<string, number>} */
  const after = { low: 0, medium: 0, high: 0 };
  /** @type {unknown} */
  let failure = null;
  for (const one of sample) {
    try {
      const audit = await audited(one, password, signal);
      before += audit.size_bytes;
      looked += 1;
      for (const level of Object.keys(after)) after[level] += audit.estimates[level].size_bytes;
    } catch (error) {
      if (signal.aborted) throw error;
      failure = error; // broken or encrypted: the job will say so file by file
    }
  }
  if (!looked && failure) throw failure;
  const percent = Object.fromEntries(
    Object.entries(after).map(([level, bytes]) => [level, before ? (100 * (before - bytes)) / before : 0]),
  );
  return { looked, of: chosen.length, percent };
}

/**
 * @param {Chosen} one
 * @param {string} password
 * @param {AbortSignal} signal
 */
async function audited(one, password, signal) {
  const form = new FormData();
  if (password) form.append("password", password);
  form.append("file", one.file, one.name.split("/").pop());
  let response = await call("/analyze", { method: "POST", body: form, signal });
  const { analysis_id: id, ...told } = await response.json();
  if (response.status === 200) return told;
  for (let look = 0; look < LOOKS; look += 1) {
    await new Promise((wake) => setTimeout(wake, 1000));
    response = await call(`/analyses/${id}`, { signal });
    if (response.status === 200) return response.json();
  }
  throw new Error("All workers are busy: the estimate takes too long. Compress right away, or try again later.");
}
