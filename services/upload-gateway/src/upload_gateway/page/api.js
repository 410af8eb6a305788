/** Calls to the gateway. Every failure is an ApiError that says what to do. */

const KEY = "bulkpress-api-key"; // in sessionStorage: gone with the tab
const PREFIX = "/api/compress";

/** What went wrong, for people. */
export class ApiError extends Error {
  /**
   * @param {number} status 0 where nothing answered
   * @param {string} code
   * @param {string} detail
   */
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

const AWAY = () =>
  new ApiError(0, "unreachable", "Bulkpress cannot be reached. Check your connection, then try again.");

/** @returns {string} the API key of this tab; empty for none */
export const key = () => sessionStorage.getItem(KEY) ?? "";

/** @param {string} value empty to forget it */
export function setKey(value) {
  if (value) sessionStorage.setItem(KEY, value);
  else sessionStorage.removeItem(KEY);
}

/** @returns {Record<string, string>} */
function credentials() {
  return key() ? { "X-API-Key": key() } : {};
}

/**
 * @param {number} status
 * @param {string} text the body, a problem document if the gateway itself has answered
 * @param {string | null} retryAfter
 */
function problem(status, text, retryAfter) {
  /** @type {{code?: string, detail?: string}} */
  let told = {};
  try {
    told = JSON.parse(text);
  } catch {
    // something between here and the gateway has answered
  }
  let detail = told.detail ?? `The server answered ${status}. Try again in a minute.`;
  if (retryAfter && (status === 429 || status === 503)) detail += ` (Wait ${retryAfter} s.)`;
  return new ApiError(status, told.code ?? "unknown", detail);
}

/**
 * @param {string} path below /api/compress
 * @param {RequestInit} [options]
 * @returns {Promise<Response>} a good one
 */
export async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(PREFIX + path, { ...options, headers: { ...credentials(), ...options.headers } });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw AWAY();
  }
  if (!response.ok) throw problem(response.status, await response.text(), response.headers.get("Retry-After"));
  return response;
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the JSON answered
 */
export async function callJson(path, options) {
  return (await call(path, options)).json();
}

/**
 * Upload a form, telling how far it is. fetch cannot tell; XMLHttpRequest can.
 * @param {FormData} form
 * @param {(sent: number, total: number) => void} onProgress in bytes
 * @param {AbortSignal} signal
 * @returns {Promise<{job_id: string}>}
 */
export function upload(form, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${PREFIX}/bulk`);
    for (const [name, value] of Object.entries(credentials())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress(event.loaded, event.total);
    request.onload = () => {
      if (request.status === 202) resolve(JSON.parse(request.responseText));
      else reject(problem(request.status, request.responseText, request.getResponseHeader("Retry-After")));
    };
    request.onerror = () => reject(AWAY());
    request.onabort = () => reject(new ApiError(0, "aborted", "The upload was cancelled. Nothing of it is kept."));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/**
 * Save what is at the path. With a key it has to be fetched first: links cannot carry one.
 * @param {string} path
 */
export async function save(path) {
  const link = document.createElement("a");
  if (!key()) {
    link.href = PREFIX + path;
    link.download = "";
    link.click();
    return;
  }
  const response = await call(path);
  const named = /filename\*=utf-8''([^;]+)/i.exec(response.headers.get("Content-Disposition") ?? "");
  const plain = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
  link.href = URL.createObjectURL(await response.blob());
  link.download = named ? decodeURIComponent(named[1]) : (plain?.[1] ?? "result");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
