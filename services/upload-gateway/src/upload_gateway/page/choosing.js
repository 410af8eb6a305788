/** Which files were dropped or picked, folders and all. */

/** @typedef {{file: File, name: string}} Chosen `name` with its folders, as a/b/c.pdf */

const MOST_FILES = 10_000; // a browser keeps a handle for each

/** @param {string} name */
const isPdf = (name) => /\.pdf$/i.test(name);

/**
 * @param {FileList} list of an <input>
 * @returns {Chosen[]} the PDFs of a folder; all files that were picked one by one
 */
export function picked(list) {
  return [...list]
    .map((file) => ({ file, name: file.webkitRelativePath || file.name }))
    .filter((one) => !one.file.webkitRelativePath || isPdf(one.name));
}

/**
 * @param {DataTransfer} transfer of a drop; read at once, for it is empty after the event
 * @returns {Promise<Chosen[]>} all files dropped, and the PDFs in dropped folders
 */
export async function dropped(transfer) {
  // What comes from another page, or a browser without folders, has no entry, only a file.
  const items = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  /** @type {Chosen[]} */
  const found = [];
  for (const item of items) {
    if (item instanceof File) found.push({ file: item, name: item.name });
    else if (item) await walk(item, "", found);
  }
  return found;
}

/**
 * @param {any} entry a FileSystemEntry
 * @param {string} folder
 * @param {Chosen[]} found
 */
async function walk(entry, folder, found) {
  const name = folder + entry.name;
  if (found.length >= MOST_FILES) return;
  if (entry.isFile) {
    if (!folder || isPdf(name)) found.push({ file: await asked(entry, "file"), name });
    return;
  }
  const reader = entry.createReader();
  for (let batch = await asked(reader, "readEntries"); batch.length; batch = await asked(reader, "readEntries")) {
    for (const one of batch) await walk(one, `${name}/`, found);
  }
}

/**
 * @param {any} what
 * @param {string} method that takes a callback for success and one for failure
 * @returns {Promise<any>}
 */
function asked(what, method) {
  return new Promise((resolve, reject) => what[method](resolve, reject));
}
