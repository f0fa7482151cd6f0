"use strict";
// Asks again and again whether the link was answered, and goes where the answer leads. A form
// that is sent by hand ends it.
(async () => {
  const form = document.querySelector("form[data-wait]");
  let sent = false;
  document.addEventListener("submit", () => { sent = true; });
  const pause = (ms) => new Promise((go) => setTimeout(go, ms));
  for (let wait = 500; !sent; wait = Math.min(2 * wait, 8000)) {
    try {
      const body = new URLSearchParams(new FormData(form));
      body.set("wait", "1");
      const answer = await fetch(location.href, { method: "POST", body, redirect: "manual", cache: "no-store" });
      if (answer.status === 202) { wait = 250; continue; }
      if (answer.type === "opaqueredirect" || answer.status < 500) { if (!sent) location.reload(); return; }
    } catch { /* the network is away for a moment */ }
    await pause(wait);
  }
})();
