// The expert drawer: every field may stay empty, and only what was filled in is sent.

import { h } from "../shared/dom.js";

const NUMBERS = [
  { key: "epochs", label: "Epochs, at most", empty: "automatic", min: 1, step: 1 },
  { key: "max_seconds", label: "Minutes, at most", empty: "no limit", min: 0.1, step: "any", scale: 60 },
  { key: "learning_rate", label: "Learning rate", empty: "automatic", min: 1e-7, step: "any" },
  { key: "batch_size", label: "Images a step", empty: "automatic", min: 1, step: 1 },
  { key: "focal_alpha", label: "Focal alpha", empty: "0.25", min: 0, max: 1, step: "any" },
  { key: "focal_gamma", label: "Focal gamma", empty: "2", min: 0, step: "any" },
];

const SIDE = { min: 64, step: 32, type: "number", class: "bl-input" };

/** What is wrong with the text of a number field, or null. */
function fault(field, input) {
  if (input.validity.badInput) return `${field.label}: type a number.`;
  if (input.value === "") return null;
  const value = Number(input.value);
  if (value < field.min) return `${field.label}: ${field.min} or more.`;
  if (field.max !== undefined && value > field.max) return `${field.label}: ${field.max} or less.`;
  if (field.step === 1 && !Number.isInteger(value)) return `${field.label}: a whole number.`;
  return null;
}

/** @returns {{element: HTMLElement, read: () => {config: object, fault: string|null}}} */
export function expertDrawer() {
  const inputs = new Map(
    NUMBERS.map((field) => {
      const { min, max, step } = field;
      return [field, h("input", { class: "bl-input", type: "number", min, max, step, placeholder: field.empty })];
    }),
  );
  const width = h("input", { ...SIDE, placeholder: "automatic", "aria-label": "Image width in pixels" });
  const height = h("input", { ...SIDE, placeholder: "automatic", "aria-label": "Image height in pixels" });
  const weights = h("input", { class: "bl-input", placeholder: "of the network", spellcheck: "false", autocomplete: "off" });

  function readSize() {
    if (width.value === "" && height.value === "") return { size: null, fault: null };
    const size = [Number(width.value), Number(height.value)];
    const good = size.every((side) => Number.isInteger(side) && side >= 64 && side % 32 === 0);
    return { size, fault: good ? null : "Image size: two multiples of 32, at least 64." };
  }

  function read() {
    const config = {};
    for (const [field, input] of inputs) {
      const wrong = fault(field, input);
      if (wrong) return { config, fault: wrong };
      if (input.value !== "") config[field.key] = Number(input.value) * (field.scale ?? 1);
    }
    const { size, fault: wrong } = readSize();
    if (wrong) return { config, fault: wrong };
    if (size) config.image_size = size;
    if (weights.value.trim()) config.weights_file = weights.value.trim();
    return { config, fault: null };
  }

  const element = h(
    "div",
    { class: "bl-expert" },
    [...inputs].map(([field, input]) => h("label", { class: "bl-field" }, field.label, input)),
    h("div", { class: "bl-field" }, "Image width × height", h("div", { class: "bl-row" }, width, "×", height)),
    h("label", { class: "bl-field" }, "Weights file on this machine", weights),
  );
  return { element, read };
}
