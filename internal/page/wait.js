"use strict";
// Asks again and again whether the link was answered, and then goes where the answer leads, or
// loads the page anew, which shows how it stands. A form that is sent by hand ends it; the page
// works without.
(async () => {
  const form = document.querySelector("form[data-wait]");
  if (!form) return;
  let sent = false, asking = new AbortController();
  document.addEventListener("submit", () => { sent = true; asking.abort(); });
  form.addEventListener("change", () => asking.abort());
  const pause = (ms) => new Promise((go) => setTimeout(go, ms));
  for (let wait = 500; !sent; wait = Math.min(2 * wait, 8000)) {
    asking = new AbortController();
    try {
      const body = new URLSearchParams(new FormData(form));
      body.set("action", "wait");
      const answer = await fetch(location.href, { method: "POST", body, redirect: "manual", cache: "no-store", signal: asking.signal });
      if (answer.status === 202) wait = 250;
      else if (answer.status < 500 && !sent) {
        const next = answer.headers.get("Location");
        if (next) return location.replace(next);
        await pause(2000);
        return location.reload();
      }
    } catch { /* the network is away for a moment, or the form was changed */ }
    await pause(wait);
  }
})();
