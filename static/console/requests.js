// @ts-check
/** What people see when a fragment request fails; and numbers that CSS needs. */
import { notify } from "./notices.js";

document.body.addEventListener("htmx:responseError", (event) => {
  const status = /** @type {CustomEvent} */ (event).detail.xhr.status;
  if (status === 403) notify("error", gettext("You may not do that, or the page was open for too long. Load it again."));
  else if (status === 404) notify("error", gettext("That is gone. Somebody may have deleted it; load the page again."));
  else notify("error", gettext("The server could not do that. Nothing was changed; try again in a moment."));
});

document.body.addEventListener("htmx:sendError", () => {
  notify("error", gettext("The server cannot be reached. What you typed is still here; try again in a moment."));
});
