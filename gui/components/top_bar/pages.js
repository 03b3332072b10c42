// The pages in the order of the work, as the bar shows them.

export const PAGES = [
  { key: "images", path: "/images", name: "Images" },
  { key: "label", path: "/label", name: "Label" },
  { key: "train", path: "/train", name: "Train" },
  { key: "predictions", path: "/predictions", name: "Predictions" },
  { key: "evaluate", path: "/evaluate", name: "Evaluate" },
  { key: "models", path: "/models", name: "Models" },
];

export function pageName(key) {
  return PAGES.find((page) => page.key === key)?.name ?? "Projects";
}
