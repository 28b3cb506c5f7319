// @ts-check
/** Pieces of pages from the server. */

/** The server refused; `status` is its answer's. */
export class FragmentError extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`The server answered ${status}`);
    this.status = status;
  }
}

/**
 * Fetch a fragment. Somebody whose session ended is taken to the sign-in page.
 * @param {string} url
 * @returns {Promise<DocumentFragment>}
 */
export async function fetchFragment(url) {
  const response = await fetch(url, {
    headers: { "HX-Request": "true", "HX-Current-URL": location.href },
    cache: "no-store",
  });
  const elsewhere = response.headers.get("HX-Redirect");
  if (elsewhere) {
    location.assign(elsewhere);
    throw new FragmentError(401);
  }
  if (!response.ok) throw new FragmentError(response.status);
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  return template.content;
}
