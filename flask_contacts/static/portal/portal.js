// What makes the portal's pages more comfortable; each of them works without it.

// Show or hide what is typed into a password field. Without this script the button stays hidden.
for (const button of document.querySelectorAll("[data-portal-eye]")) {
  const field = document.getElementById(button.dataset.portalEye);
  button.hidden = false;
  button.addEventListener("click", () => {
    const isShown = field.type === "password";
    field.type = isShown ? "text" : "password";
    button.setAttribute("aria-pressed", String(isShown));
    field.focus();
  });
  field.form.addEventListener("submit", () => {
    field.type = "password"; // so that no browser keeps it as ordinary text
  });
}

// A menu that was unfolded closes with Escape and by a click beside it.
const openMenus = () => [...document.querySelectorAll("details[data-portal-menu][open]")];

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus().filter((one) => one.contains(event.target))) {
    event.preventDefault(); // a drawer around it stays open
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of openMenus().filter((one) => !one.contains(event.target))) menu.open = false;
});

// The drawer has no place on a wide page, where the same menu stands beside the content.
const drawer = document.getElementById("portal-menu");
window.matchMedia("(min-width: 992px)").addEventListener("change", () => {
  if (drawer?.matches(":popover-open")) drawer.hidePopover();
});

// A screen reader tells of a message only when it comes into a region that is there already.
for (const region of document.querySelectorAll(".portal-notices")) {
  const messages = [...region.children];
  region.replaceChildren();
  requestAnimationFrame(() => region.append(...messages));
}

// After an error: name the fields in the list of errors, and go there or to the one field.
const summary = document.querySelector("[data-portal-errors]");
for (const link of summary?.querySelectorAll("a[href^='#']") ?? []) {
  const label = document.querySelector(`label[for="${CSS.escape(link.hash.slice(1))}"]`);
  if (label) link.prepend(`${label.textContent.trim()}: `);
}
(summary ?? document.querySelector("[aria-invalid='true']"))?.focus();

// Copy a list of codes, or print the page. Without this script the buttons stay hidden.
const said = document.querySelector("[data-portal-said]");
for (const button of document.querySelectorAll("[data-portal-copy]")) {
  const list = document.getElementById(button.dataset.portalCopy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const lines = Array.from(list.children, (one) => one.textContent.trim());
    await navigator.clipboard.writeText(`${lines.join("\n")}\n`);
    button.querySelector("span").textContent = button.dataset.portalCopied;
    said.textContent = button.dataset.portalCopied;
  });
}
for (const button of document.querySelectorAll("[data-portal-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
