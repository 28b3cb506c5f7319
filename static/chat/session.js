// @ts-check
/** The visitor's identity: an opaque token that the server gives out and that never appears in an address. */

/** The site is unknown or switched off: trying again soon is pointless. */
export class SiteUnavailable extends Error {}

const PATIENCE = 15_000;

/**
 * A token for this visitor; a valid one comes back unchanged.
 * @param {{url: string, token: string | null, locale: string}} request
 * @returns {Promise<{token: string, conversation: string}>}
 */
export async function openSession({ url, token, locale }) {
  const answer = await fetch(url, {
    method: "POST",
    credentials: "omit",
    signal: AbortSignal.timeout(PATIENCE),
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(token ? { token, locale } : { locale }),
  });
  if (answer.status === 403 || answer.status === 404) throw new SiteUnavailable(`session: ${answer.status}`);
  if (!answer.ok) throw new Error(`session: ${answer.status}`);
  return answer.json();
}
