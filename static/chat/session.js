// @ts-check
/** The visitor's identity: an opaque token that the server gives out and that never appears in an address. */

/** The site is unknown or switched off: trying again soon is pointless. */
export class SiteUnavailable extends Error {}

/** The signed identity cannot be taken, or there is none where the site asks for one; `code` says why. */
export class IdentityRefused extends Error {
  /** @param {string} code */
  constructor(code) {
    super(`session: ${code}`);
    this.code = code;
  }
}

const PATIENCE = 15_000;

/**
 * A token for this visitor; a valid one comes back unchanged, unless somebody signed in or out.
 * @param {{url: string, token: string | null, locale: string, identity?: string | null}} request
 * @returns {Promise<{token: string, conversation: string}>}
 */
export async function openSession({ url, token, locale, identity = null }) {
  const answer = await fetch(url, {
    method: "POST",
    credentials: "omit",
    signal: AbortSignal.timeout(PATIENCE),
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ locale, ...(token ? { token } : {}), ...(identity === null ? {} : { identity }) }),
  });
  if (answer.status === 401 || answer.status === 403) {
    const code = await refusal(answer);
    if (code.startsWith("identity_")) throw new IdentityRefused(code);
  }
  if (answer.status === 403 || answer.status === 404) throw new SiteUnavailable(`session: ${answer.status}`);
  if (!answer.ok) throw new Error(`session: ${answer.status}`);
  return answer.json();
}

/**
 * The code of a refusal; empty if it has none.
 * @param {Response} answer
 */
async function refusal(answer) {
  try {
    return String((await answer.json()).code ?? "");
  } catch {
    return "";
  }
}
