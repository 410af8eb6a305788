/** One job: how far it is, what became of each file, and what can be done about it. */

import { callJson, save } from "./api.js";
import { follow } from "./events.js";
import { at, attempt, element, show, tell } from "./page.js";
import { STATES, many, saving, size, time } from "./words.js";

const FILES_PER_PAGE = 100;
const LOOK_EVERY_MS = 3000; // at which files are begun: events tell only of their ends
/** Where the gateway's words speak to programs. @type {Record<string, string>} */
const WAYS_OUT = {
  encrypted_pdf: "It opens only with a password, and none or a wrong one was given. Hand it in again: under More options is a place for it.",
};
const ENDED = new Set(["done", "kept", "failed", "cancelled"]);

/** @typedef {{number: number, name: string, state: string, size_bytes: number | null, result_size_bytes: number | null,
 *   saved_percent: number | null, reason: string | null, message: string}} FileView */

/** The job that is shown. */
class ShownJob {
  /** @param {string} id */
  constructor(id) {
    this.id = id;
    this.lastEvent = "";
    /** @type {string | null} */
    this.next = null;
    /** @type {Map<number, HTMLElement>} */
    this.rows = new Map();
    this.leaving = new AbortController();
    this.expiresAtMs = 0;
    this.isLost = false;
  }

  /** Show it, and follow it to its end. */
  async open() {
    at("rows").replaceChildren();
    await this.refresh();
    await this.moreFiles();
    await this.watch();
  }

  /** @returns {Promise<boolean>} whether it is finished */
  async refresh() {
    const job = await callJson(`/jobs/${this.id}?limit=1`, { signal: this.leaving.signal });
    this.expiresAtMs = Date.now() + job.expires_in_s * 1000;
    this.tellExpiry();
    at("done").value = job.progress;
    const isOver = job.status === "finished";
    const parts = [`${job.completed_count} of ${many(job.file_count, "file")} ended`];
    if (job.done_count) parts.push(`${job.done_count} smaller`);
    if (job.kept_count) parts.push(`${job.kept_count} kept as they were`);
    if (job.failed_count) parts.push(`${job.failed_count} failed`);
    if (job.cancelled_count) parts.push(`${job.cancelled_count} cancelled`);
    let note = parts.join(", ") + ".";
    if (job.bytes_in) note += ` ${size(job.bytes_in)} became ${size(job.bytes_out)} (${saving(job.saved_percent)}).`;
    if (!isOver && job.queue) note += ` ${many(job.queue.files_ahead, "file")} of others before yours.`;
    at("job-note").textContent = note + (this.isLost ? " Connection lost: trying again …" : "");
    document.title = isOver ? "Done: Bulkpress" : `${Math.floor(job.progress)} %: Bulkpress`;
    show("cancel", !isOver);
    show("download-all", isOver && job.done_count + job.kept_count > 0);
    show("retry", isOver && job.failed_count > 0 && job.cancelled_count === 0);
    return isOver;
  }

  tellExpiry() {
    const left = (this.expiresAtMs - Date.now()) / 1000;
    at("job-expiry").textContent =
      left > 0 ? `This link works for ${time(left)} more; then the files are deleted.` : "The files are deleted.";
  }

  /** Show the next files, by number. */
  async moreFiles() {
    const cursor = this.next ? `&cursor=${encodeURIComponent(this.next)}` : "";
    const page = await callJson(`/jobs/${this.id}/files?limit=${FILES_PER_PAGE}${cursor}`);
    for (const file of page.files) this.put(file, true);
    this.next = page.next;
    show("more", page.next !== null);
  }

  /**
   * @param {FileView} file
   * @param {boolean} isNew whether a row is made for it; else only files shown already are
   */
  put(file, isNew = false) {
    const before = this.rows.get(file.number);
    if (!before && !isNew) return;
    const row = rowOf(this.id, file);
    this.rows.set(file.number, row);
    if (before) before.replaceWith(row);
    else at("rows").append(row);
  }

  /** Follow it until it is finished. */
  async watch() {
    const looking = setInterval(() => this.look(), LOOK_EVERY_MS);
    try {
      this.lastEvent = await follow(
        this.id,
        this.lastEvent,
        (event) => this.hear(event),
        (isLost) => {
          this.isLost = isLost;
        },
        this.leaving.signal,
      );
    } finally {
      clearInterval(looking);
    }
    if (this.leaving.signal.aborted) return;
    await this.refresh();
    await this.renew();
  }

  /** Read the shown files anew: those cancelled are told of by no event of their own. */
  async renew() {
    const waiting = [...this.rows].filter(([, row]) => !ENDED.has(row.dataset.state ?? ""));
    for (const [number] of waiting) this.put(await callJson(`/jobs/${this.id}/files/${number}`));
  }

  /** @param {import("./events.js").StoryEvent} event */
  hear(event) {
    this.lastEvent = event.id || this.lastEvent;
    if (event.event.startsWith("file.") && !event.data.retried) this.put(event.data);
    if (event.event === "job.deleted") {
      tell("This job was deleted.");
      return;
    }
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      this.refresh().catch(() => undefined);
    }, 250); // many files may end at once
  }

  async look() {
    try {
      const page = await callJson(`/jobs/${this.id}/files?state=running&limit=${FILES_PER_PAGE}`);
      for (const file of page.files) this.put(file);
      await this.refresh();
    } catch {
      // the stream finds out as well, and tells
    }
  }
}

/**
 * @param {string} jobId
 * @param {FileView} file
 * @returns {HTMLElement}
 */
function rowOf(jobId, file) {
  const isBad = file.state === "failed" || file.state === "cancelled";
  const word = STATES[file.state] ?? file.state;
  const way = WAYS_OUT[file.reason ?? ""];
  const why = ENDED.has(file.state) && file.message ? `${word} ${way ?? file.message}` : word;
  const get = element("td", { class: "get" });
  if (file.result_size_bytes !== null) {
    const button = element("button", { type: "button", "aria-label": `Download ${file.name}`, text: "Download" });
    button.addEventListener("click", () => attempt(() => save(`/jobs/${jobId}/files/${file.number}/download`)));
    get.append(button);
  }
  const saved = file.saved_percent === null ? "" : saving(file.saved_percent);
  return element(
    "tr",
    { "data-state": file.state },
    element("td", { class: "name", text: file.name }),
    element("td", { class: "size", "data-label": "Before", text: file.size_bytes === null ? "–" : size(file.size_bytes) }),
    element("td", { class: "size", "data-label": "After", text: file.result_size_bytes === null ? "–" : size(file.result_size_bytes) }),
    element("td", { class: file.saved_percent ? "size good" : "size", "data-label": "Saved", text: saved || "–" }),
    element("td", { class: isBad ? "why bad" : "why", text: why }),
    get,
  );
}

/** @type {ShownJob | null} */
let shown = null;

/** Show the job of this id, or none. @param {string | null} id */
export async function showJob(id) {
  shown?.leaving.abort();
  shown = id ? new ShownJob(id) : null;
  const job = shown;
  if (!job) return;
  try {
    await job.open();
  } catch (error) {
    if (!job.leaving.signal.aborted) throw error;
  }
}

/** @param {(job: ShownJob) => Promise<void>} act */
function onShown(act) {
  return (/** @type {Event} */ event) =>
    attempt(async () => {
      if (shown) await act(shown);
    }, /** @type {HTMLButtonElement} */ (event.currentTarget));
}

at("cancel").addEventListener(
  "click",
  onShown(async (job) => {
    await callJson(`/jobs/${job.id}/cancel`, { method: "POST" });
    await job.refresh();
    await job.renew();
  }),
);
at("retry").addEventListener(
  "click",
  onShown(async (job) => {
    await callJson(`/jobs/${job.id}/retry`, { method: "POST" });
    await job.refresh();
    attempt(() => job.watch());
  }),
);
at("download-all").addEventListener("click", onShown((job) => save(`/download/${job.id}`)));
at("more").addEventListener("click", onShown((job) => job.moreFiles()));
at("copy-link").addEventListener(
  "click",
  onShown(async () => {
    await navigator.clipboard.writeText(location.href).catch(() => {
      throw new Error("The browser does not let this page copy. Copy the address of this page instead.");
    });
    at("copy-link").textContent = "Link copied";
  }),
);
setInterval(() => shown?.tellExpiry(), 20_000);
