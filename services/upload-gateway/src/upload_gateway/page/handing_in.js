/** The form: files, level, options; and the upload that hands them in. */

import { upload } from "./api.js";
import { dropped, picked } from "./choosing.js";
import { estimate } from "./estimating.js";
import { at, attempt, element, show, tell } from "./page.js";
import { many, saving, size } from "./words.js";

const LISTED = 200;

/** @typedef {import("./choosing.js").Chosen} Chosen */

/** @type {Chosen[]} */
let chosen = [];
/** @type {AbortController | null} */
let sending = null;
let estimating = new AbortController();

/** @param {Chosen[]} files */
function choose(files) {
  const known = new Map(chosen.map((one) => [one.name, one]));
  for (const one of files) known.set(one.name, one);
  chosen = [...known.values()];
  forgetEstimate();
  tell(files.length ? "" : "There is no PDF in what you have chosen.");
  list();
}

function list() {
  const bytes = chosen.reduce((sum, one) => sum + one.file.size, 0);
  show("chosen", chosen.length > 0);
  at("send").disabled = chosen.length === 0;
  at("chosen-title").textContent = chosen.length ? `${many(chosen.length, "file")}, ${size(bytes)}` : "";
  const rest = chosen.length - LISTED;
  at("chosen-list").replaceChildren(
    ...chosen
      .slice(0, LISTED)
      .map((one) => element("li", {}, element("span", { text: one.name }), element("span", { text: size(one.file.size) }))),
    ...(rest > 0 ? [element("li", { text: `and ${many(rest, "file")} more` })] : []),
  );
}

function forgetEstimate() {
  estimating.abort();
  estimating = new AbortController();
  for (const one of document.querySelectorAll(".estimate")) one.textContent = "";
  at("estimate-note").textContent = "";
}

async function showEstimate() {
  if (!chosen.length) throw new Error("Choose files first.");
  forgetEstimate();
  const { signal } = estimating;
  at("estimate-note").textContent = "Looking into the files …";
  try {
    const found = await estimate(chosen, at("password").value, signal);
    if (signal.aborted) return;
    for (const one of document.querySelectorAll(".estimate")) {
      const percent = found.percent[/** @type {HTMLElement} */ (one).dataset.level ?? ""];
      one.textContent = found.looked ? `about ${saving(percent)}` : "";
    }
    at("estimate-note").textContent = found.looked
      ? `From ${found.looked} of ${many(found.of, "file")}.`
      : "The files are too large to look into beforehand.";
  } catch (error) {
    if (signal.aborted) return;
    at("estimate-note").textContent = "";
    throw error;
  }
}

/** @returns {FormData} settings before files, as the gateway likes it */
function filled() {
  const form = new FormData();
  form.append("compression_level", at("new-form").elements.level.value);
  if (at("target").value.trim()) form.append("target_size", at("target").value.trim());
  if (at("password").value) form.append("password", at("password").value);
  if (at("strip").checked) form.append("strip_metadata", "true");
  for (const one of chosen) form.append("files", one.file, one.name);
  return form;
}

async function send() {
  sending = new AbortController();
  show("new-form", false);
  show("sending", true);
  try {
    const job = await upload(filled(), showSent, sending.signal);
    chosen = [];
    list();
    forgetEstimate();
    location.hash = `job=${job.job_id}`;
  } finally {
    sending = null;
    show("new-form", true);
    show("sending", false);
  }
}

/**
 * @param {number} sent
 * @param {number} total
 */
function showSent(sent, total) {
  at("sent").value = total ? (100 * sent) / total : 0;
  at("sent-note").textContent =
    sent < total ? `${size(sent)} of ${size(total)}: ${currentFile(sent)}` : "Everything is sent; waiting for the answer …";
}

/**
 * @param {number} sent bytes, in the order of the files
 * @returns {string} the name of the file they reach into
 */
function currentFile(sent) {
  let end = 0;
  for (const one of chosen) {
    end += one.file.size;
    if (sent < end) return one.name;
  }
  return chosen.at(-1)?.name ?? "";
}

for (const id of ["pick-files", "pick-folder"]) {
  at(id).addEventListener("change", () => {
    choose(picked(at(id).files));
    at(id).value = "";
  });
}
at("drop").addEventListener("drop", (/** @type {DragEvent} */ event) => {
  const { dataTransfer } = event;
  if (dataTransfer) attempt(async () => choose(await dropped(dataTransfer)));
});
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault(); // else a file dropped beside is opened instead of the page
    at("drop").classList.toggle("over", name === "dragover");
  });
}
at("clear").addEventListener("click", () => {
  chosen = [];
  forgetEstimate();
  list();
});
at("estimate").addEventListener("click", () => attempt(showEstimate, at("estimate")));
at("new-form").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  attempt(send);
});
at("stop-sending").addEventListener("click", () => sending?.abort());
window.addEventListener("beforeunload", (event) => {
  if (sending) event.preventDefault(); // the browser asks
});
