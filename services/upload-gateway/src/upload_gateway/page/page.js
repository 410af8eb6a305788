/** The page's elements, and how errors are shown. */

import { ApiError } from "./api.js";

/**
 * @param {string} id
 * @returns {any} the element; the page is ours, so it is there
 */
export const at = (id) => document.getElementById(id);

/**
 * @param {string} id
 * @param {boolean} isShown
 */
export function show(id, isShown) {
  at(id).hidden = !isShown;
}

/** @param {string} text empty for nothing to tell */
export function tell(text) {
  at("notice").textContent = text;
  show("notice", text !== "");
  if (text) at("notice").scrollIntoView({ block: "nearest" });
}

/**
 * Run what the user asked for; show what goes wrong, and ask for a key if that is it.
 * @param {() => Promise<void>} act
 * @param {HTMLButtonElement} [button] that cannot be pressed meanwhile
 */
export async function attempt(act, button) {
  tell("");
  if (button) button.disabled = true;
  try {
    await act();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) document.dispatchEvent(new CustomEvent("sign-in"));
    tell(error instanceof Error ? error.message : String(error));
  } finally {
    if (button) button.disabled = false;
  }
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes `text` is its text
 * @param {...Node} children
 * @returns {HTMLElement}
 */
export function element(tag, { text = "", ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...(text ? [text] : []), ...children);
  return made;
}
