/** Server-Sent Events over fetch: EventSource cannot show an API key. */

import { ApiError, call } from "./api.js";

const LONGEST_WAIT_MS = 30_000;

/** @typedef {{id: string, event: string, data: any}} StoryEvent */

/**
 * Follow a job to its end, connecting again after the last event whenever the connection is lost.
 * @param {string} jobId
 * @param {string} lastId empty for the beginning
 * @param {(event: StoryEvent) => void} onEvent
 * @param {(isLost: boolean) => void} onConnection
 * @param {AbortSignal} signal
 * @returns {Promise<string>} the id of the last event
 */
export async function follow(jobId, lastId, onEvent, onConnection, signal) {
  let waitMs = 1000;
  while (!signal.aborted) {
    try {
      const headers = lastId ? { "Last-Event-ID": lastId } : {};
      const response = await call(`/jobs/${jobId}/events`, { headers, signal });
      if (response.status === 204 || !response.body) return lastId;
      onConnection(false);
      waitMs = 1000;
      for await (const event of read(response.body)) {
        lastId = event.id || lastId;
        onEvent(event);
        if (event.event === "job.deleted") return lastId;
      }
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof ApiError && error.status && error.status < 500 && error.status !== 429) throw error;
      onConnection(true);
    }
    await new Promise((wake) => setTimeout(wake, waitMs));
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
  return lastId;
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<StoryEvent>}
 */
async function* read(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
      );
      if (fields.event) yield { id: fields.id ?? "", event: fields.event, data: JSON.parse(fields.data) };
    }
  }
}
