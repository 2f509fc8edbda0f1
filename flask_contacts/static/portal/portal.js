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
