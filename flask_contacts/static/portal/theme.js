// Light or dark before the first paint: as the visitor chose in this browser, else as the
// system has it, also when that changes.
(() => {
  const key = "contacts-theme";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    try {
      return localStorage.getItem(key) ?? "";
    } catch {
      return ""; // a browser that keeps nothing
    }
  };

  const apply = () => {
    const system = dark.matches ? "dark" : "light";
    const theme = ["light", "dark"].includes(chosen()) ? chosen() : system;
    document.documentElement.dataset.bsTheme = theme;
    for (const button of document.querySelectorAll("[data-portal-theme]")) {
      button.setAttribute("aria-pressed", String(button.dataset.portalTheme === chosen()));
    }
  };

  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("storage", apply);

  document.addEventListener("DOMContentLoaded", () => {
    for (const group of document.querySelectorAll("[data-portal-themes]")) {
      group.hidden = false;
      group.addEventListener("click", (event) => {
        const button = event.target.closest("[data-portal-theme]");
        if (!button) return;
        try {
          localStorage.setItem(key, button.dataset.portalTheme);
        } catch {
          return;
        }
        apply();
      });
    }
    apply();
  });
})();
