/** Which part of the page is shown: signing in, a new job, or the job that the address names. */

import { callJson, key, setKey } from "./api.js";
import "./handing_in.js";
import { showJob } from "./job.js";
import { at, attempt, show, tell } from "./page.js";

/** @param {"sign-in" | "new" | "job"} part */
function showPart(part) {
  for (const one of ["sign-in", "new", "job"]) show(one, one === part);
  show("sign-out", key() !== "");
}

async function route() {
  const id = /^#job=([0-9a-f]+)$/.exec(location.hash)?.[1] ?? null;
  document.title = "Bulkpress: make PDFs smaller";
  if (!id) {
    await callJson("/jobs?limit=1"); // who must sign in learns so before choosing files
    showPart("new");
    await showJob(null);
    return;
  }
  showPart("job");
  await showJob(id);
}

document.addEventListener("sign-in", () => {
  showPart("sign-in");
  at("key").focus();
});
at("sign-in-form").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  setKey(at("key").value.trim());
  at("key").value = "";
  attempt(route);
});
at("sign-out").addEventListener("click", () => {
  setKey("");
  location.assign("/");
});
window.addEventListener("hashchange", () => attempt(route));
attempt(async () => {
  try {
    await route();
  } catch (error) {
    if (!key() && /** @type {any} */ (error).status === 401) {
      document.dispatchEvent(new CustomEvent("sign-in"));
      tell("");
      return; // nothing is wrong yet
    }
    throw error;
  }
});
