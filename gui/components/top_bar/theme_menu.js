// Light, dark, or as the system has it (the choice itself is kept by shared/boot.js).

import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { menuButton } from "../shared/menu.js";

const CHOICES = [
  { key: "light", label: "Light" },
  { key: "dark", label: "Dark" },
  { key: "system", label: "As the system" },
];

export function themeMenu() {
  const button = h("button", { class: "bl-icon-button", type: "button", "aria-label": "Theme", title: "Theme" });
  const draw = () => fill(button, icon(window.boxloopTheme.chosen()));
  const items = () =>
    CHOICES.map(({ key, label }) => ({
      label,
      icon: key,
      checked: window.boxloopTheme.chosen() === key,
      run: () => window.boxloopTheme.choose(key),
    }));
  addEventListener("boxloop:theme", draw);
  draw();
  return menuButton(button, items, { label: "Theme" });
}
