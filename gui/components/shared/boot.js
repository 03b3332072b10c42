// Runs before anything is painted (a classic script in the head): the theme that was chosen, light, dark or the system's.
(() => {
  const KEY = "boxloop.theme";
  const system = matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    try {
      const value = localStorage.getItem(KEY);
      return value === "light" || value === "dark" ? value : "system";
    } catch {
      return "system"; // Storage is switched off in this browser.
    }
  };
  const apply = () => {
    const choice = chosen();
    const dark = choice === "dark" || (choice === "system" && system.matches);
    // Writing an equal value would wake the observer below for ever.
    for (const element of [document.documentElement, document.body]) {
      if (element && element.classList.contains("dark") !== dark) element.classList.toggle("dark", dark);
    }
  };
  const choose = (choice) => {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // The choice then lasts as long as the page.
    }
    apply();
    dispatchEvent(new CustomEvent("boxloop:theme", { detail: choice }));
  };

  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", (event) => event.key === KEY && apply());
  addEventListener("DOMContentLoaded", () => {
    apply();
    // The page framework sets the class by the system's preference when it starts; the choice here wins.
    new MutationObserver(apply).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  });
  window.boxloopTheme = { chosen, choose };
})();
