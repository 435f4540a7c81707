// Signing in and out. The token itself is never kept here.

const SAID = new Map([
  [401, "This token is not valid, or not any longer."],
  [403, "This token is not for people."],
]);

async function send(method, path, body) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  return fetch(path, { method, headers, body: body && JSON.stringify(body) });
}

/** Do what changes who the visitor is, then show the page anew; say what went wrong otherwise. */
async function becoming(element, act, arrive) {
  const trouble = element.querySelector("[data-trouble]");
  if (trouble) trouble.hidden = true;
  const answer = await act().catch(() => null);
  if (answer?.ok) {
    arrive();
  } else if (trouble) {
    trouble.textContent = SAID.get(answer?.status) ?? "That did not work. Please try again.";
    trouble.hidden = false;
  }
}

const reload = () => location.reload();

for (const button of document.querySelectorAll("[data-demo]")) {
  button.addEventListener("click", () => {
    const act = () => send("POST", "/web/demo", { role: button.dataset.demo });
    becoming(button.closest("[data-gate]"), act, reload);
  });
}

for (const button of document.querySelectorAll("[data-sign-out]")) {
  button.addEventListener("click", () => becoming(button, () => send("DELETE", "/web/session"), reload));
}

for (const form of document.querySelectorAll("[data-sign-in]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const token = form.elements.token.value.trim();
    becoming(form, () => send("POST", "/web/session", { token }), () => location.assign("/leaderboard"));
  });
}
